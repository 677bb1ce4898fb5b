/** What an UNLOAD asks for: a query, and where its rows go. */
export type Unload = {
  readonly query: string;
  /** `s3://bucket/prefix/` */
  readonly location: string;
  /** As DuckDB and Athena both call it. */
  readonly compression: string;
};

const UNLOAD = /^\s*unload\s*\(([\s\S]*)\)\s*to\s*'([^']*)'\s*with\s*\(([^()]*)\)\s*$/i;
const PROPERTY = /^\s*(format|compression)\s*=\s*'(\w+)'\s*$/i;
const COMPRESSIONS = ['GZIP', 'SNAPPY', 'ZSTD'];

/**
 * Reads Athena's `UNLOAD (query) TO 's3://...' WITH (format = 'PARQUET', compression = 'ZSTD')`.
 * @returns null when it is another statement
 * @throws Error when it asks for what is not served here: another format than Parquet, or partitions
 */
export function readUnload(statement: string): Unload | null {
  if (!/^\s*unload\b/i.test(statement)) return null;
  const [, query = '', location = '', listed = ''] = UNLOAD.exec(statement) ?? [];
  if (query === '') throw new Error("an UNLOAD is: UNLOAD (query) TO 's3://...' WITH (format = 'PARQUET')");
  const properties = new Map<string, string>();
  for (const one of listed.split(',')) {
    const [, name = '', value = ''] = PROPERTY.exec(one) ?? [];
    if (name === '') throw new Error(`${one.trim()} is not served here`);
    properties.set(name.toLowerCase(), value.toUpperCase());
  }
  if (properties.get('format') !== 'PARQUET') throw new Error('UNLOAD is served as PARQUET alone');
  // Athena's own for Parquet when nothing is said.
  const compression = properties.get('compression') ?? 'GZIP';
  if (!COMPRESSIONS.includes(compression)) throw new Error(`compression ${compression} is not served here`);
  return { query, location, compression };
}
