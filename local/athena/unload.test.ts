import { describe, expect, it } from 'vitest';
import { readUnload } from './unload.ts';

describe('an UNLOAD', () => {
  it('is a query, a place and how it is written', () => {
    const statement = `UNLOAD (
select ')' as x from (select 1)
) TO 's3://lake/gathered/x/' WITH (format = 'PARQUET', compression = 'zstd')`;
    expect(readUnload(statement)).toEqual({
      query: "\nselect ')' as x from (select 1)\n",
      location: 's3://lake/gathered/x/',
      compression: 'ZSTD',
    });
    expect(readUnload("unload (select 1) to 's3://lake/x/' with (format='PARQUET')")?.compression).toBe('GZIP');
  });

  it('is no other statement', () => {
    expect(readUnload('select 1 as unload')).toBeNull();
  });

  it.each([
    ["unload (select 1) to 's3://lake/x/'", 'an UNLOAD is'],
    ["unload (select 1) to 's3://lake/x/' with (format = 'ORC')", 'PARQUET alone'],
    ["unload (select 1) to 's3://lake/x/' with (compression = 'ZSTD')", 'PARQUET alone'],
    ["unload (select 1) to 's3://lake/x/' with (format = 'PARQUET', compression = 'LZ9')", 'LZ9 is not served'],
    ["unload (select 1) to 's3://lake/x/' with (format = 'PARQUET', partitioned_by = ARRAY['x'])", 'not served here'],
  ])('that is not served is refused: %s', (statement, why) => {
    expect(() => readUnload(statement)).toThrow(why);
  });
});
