import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { eachLine } from './lines.ts';

test('lines are whole wherever their bytes are split, and a last one needs no end', async () => {
  const bytes = Buffer.from('grüß\n\nzwei\r\n😀 drei');
  for (let at = 0; at <= bytes.length; at++) {
    const output = new PassThrough();
    const lines: string[] = [];
    eachLine(output, (line) => lines.push(line));
    output.write(bytes.subarray(0, at));
    output.end(bytes.subarray(at));
    await once(output, 'end');
    expect(lines, `split at ${at}`).toEqual(['grüß', '', 'zwei\r', '😀 drei']);
  }
});
