import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';

describe('comma-separated values', () => {
  it('come back as they were, and hold no formula', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 2 })), (rows) => {
        const read = readCsv(toCsv(rows));
        const isFormula = (text: string) => /^[=+\-@\t\r]/.test(text) && !/^-\d+(\.\d+)?$/.test(text);
        expect(read).toEqual(rows.map((row) => row.map((text) => (isFormula(text) ? `'${text}` : text))));
        for (const cell of read.flat()) expect(isFormula(cell)).toBe(false);
      }),
    );
  });

  it('quote what must be quoted', () => {
    expect(toCsv([['a', 'b,c', 'd"e', '=1+1', '-1', '@x', '+x', 'f\ng']])).toBe(
      `a,"b,c","d""e",'=1+1,-1,'@x,'+x,"f\ng"\r\n`,
    );
  });

  it('keep a number below zero, and nothing else that begins with a minus', () => {
    expect(toCsv([['-0.000000001', '-1+1', '-1.', '-', '-1.5e3', '-2\n']])).toBe(
      `-0.000000001,'-1+1,'-1.,'-,'-1.5e3,"'-2\n"\r\n`,
    );
  });
});

/** A reader of its own, by RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    let cell = '';
    if (text[at] === '"') {
      for (at++; !(text[at] === '"' && text[at + 1] !== '"'); at++) {
        if (text[at] === '"') at++;
        cell += text[at];
      }
      at++;
    } else {
      for (; text[at] !== ',' && text[at] !== '\r'; at++) cell += text[at];
    }
    row.push(cell);
    if (text[at] === ',') at++;
    else {
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
