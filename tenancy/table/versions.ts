/** What became of a write that names the version it read: `conflict` means that somebody else was first. */
export type VersionedWrite = 'stored' | 'conflict';

/**
 * The condition under which version `n` may be written: nothing stands there (version 1), or version `n - 1` does. The
 * caller reads, changes, counts up and writes; of two who read the same version one gets `conflict`, and no change is lost.
 */
export function follows(version: number) {
  return version === 1 ? ({ attr: 'version', exists: false } as const) : { attr: 'version' as const, eq: version - 1 };
}
