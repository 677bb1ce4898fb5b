import type { Query } from './query.ts';

/** The lake: files in a bucket, and SQL over what is in them. Keys as S3 has them. */
export type Lake = {
  readonly query: Query;
  /**
   * Writes the rows of a query as Parquet files whose keys begin with the prefix, which ends with `/`.
   * @throws Error, named by the engine's own words, when the query fails, or when there are such files already
   */
  unload(sql: string, prefix: string): Promise<void>;
  /** Stores a file of lines, whole or not at all; what stood there is replaced. */
  put(key: string, lines: readonly string[]): Promise<void>;
  /** The keys that begin so, in their order. */
  list(prefix: string): Promise<readonly string[]>;
  /** A file's lines, without their ends. @throws Error when there is none */
  read(key: string): AsyncIterable<string>;
  remove(key: string): Promise<void>;
};

/** So many lines make a file: some tens of megabytes, which both engines like, and of which memory holds a few. */
export const LINES_PER_FILE = 20_000;

/** Cuts what comes into files of a bounded number of lines, and stores each as soon as it is full. */
export async function putInFiles(
  lake: Pick<Lake, 'put'>,
  nameOf: (part: number) => string,
  lines: AsyncIterable<string>,
): Promise<{ readonly files: number; readonly lines: number }> {
  let waiting: string[] = [];
  let [files, total] = [0, 0];
  const store = async () => {
    total += waiting.length;
    await lake.put(nameOf(++files), waiting);
    waiting = [];
  };
  for await (const line of lines) {
    waiting.push(line);
    if (waiting.length === LINES_PER_FILE) await store();
  }
  if (waiting.length > 0) await store();
  return { files, lines: total };
}
