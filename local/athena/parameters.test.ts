import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillParameters } from './parameters.ts';

describe('placeholders', () => {
  it('are filled in order, with literals of every kind', () => {
    const sql = 'select * from t where a = ? and b = ? and c = ? and d = ? and e = ?';
    expect(fillParameters(sql, ["'it''s'", '-7', '1.5', "date '2026-11-02'", ' true '])).toBe(
      "select * from t where a = 'it''s' and b = -7 and c = 1.5 and d = date '2026-11-02' and e = true",
    );
  });

  it('are none in texts, quoted names and comments', () => {
    const sql = `select '?''?', "?" -- ?\n, /* ? */ ? from t`;
    expect(fillParameters(sql, ['1'])).toBe(`select '?''?', "?" -- ?\n, /* ? */ 1 from t`);
  });

  it.each([[[]], [['1', '2']]])('refuse %j for one placeholder', (values) => {
    expect(() => fillParameters('select ?', values)).toThrow('Incorrect number of parameters');
  });

  it.each(['acme', "'a' or 1=1", "'a'--", "'a", "'' or ''=''", '(select 1)', '1; drop', '"a"', ''])(
    'refuse %j, which is no literal',
    (value) => {
      expect(() => fillParameters('select ?', [value])).toThrow('no SQL literal');
    },
  );

  it('hand any quoted text over as one literal', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const literal = `'${text.replaceAll("'", "''")}'`;
        expect(fillParameters('select ?', [literal])).toBe(`select ${literal}`);
      }),
    );
  });
});
