import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A document with a generated part put between its marks: `<!-- name -->` and `<!-- /name -->`.
 * @throws Error when it has no such marks
 */
export function between(text: string, name: string, part: string): string {
  const marks = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*(<!-- /${name} -->)`);
  if (!marks.test(text)) throw new Error(`no marks <!-- ${name} --> to write between`);
  return text.replace(marks, (_, start: string, end: string) => `${start}\n${part}\n\n${end}`);
}

/** Puts a generated part into a page of `docs/`. */
export function writeIntoDocs(page: string, name: string, part: string): void {
  const path = join(import.meta.dirname, '../../docs', page);
  writeFileSync(path, between(readFileSync(path, 'utf8'), name, part));
}
