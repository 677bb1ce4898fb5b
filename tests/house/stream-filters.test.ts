import { expect, it } from 'vitest';
import { type FilterPattern, STREAM_FILTERS } from '../../tenancy/table/stream-filters.ts';
import { ACMES, PLATFORMS } from '../storage-examples.ts';

/** A kind that no item has would let its consumer sleep for ever. */
it.each(Object.entries(STREAM_FILTERS))('%s is woken for kinds of items that there are', (_, patterns) => {
  const stored = new Set([...ACMES, ...PLATFORMS].map(({ kind }) => kind));
  const kinds = patterns.flatMap(kindsOf);
  expect(kinds.length).toBeGreaterThan(0);
  expect(kinds.filter((kind) => !stored.has(kind))).toEqual([]);
});

function kindsOf(pattern: FilterPattern): string[] {
  return Object.entries(pattern).flatMap(([field, wanted]) => {
    if (Array.isArray(wanted)) return [];
    const { S } = wanted as FilterPattern;
    return field === 'kind' && Array.isArray(S) ? [...(S as readonly string[])] : kindsOf(wanted as FilterPattern);
  });
}
