import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Calls `onLine` with each line of an output, also one that came in pieces, and with a last one that has no end. */
export function eachLine(output: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let held = '';
  output.on('data', (chunk: Buffer) => {
    const lines = (held + decoder.write(chunk)).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  output.once('end', () => {
    held += decoder.end();
    if (held !== '') onLine(held);
  });
}
