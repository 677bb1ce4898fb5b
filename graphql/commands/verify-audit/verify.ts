import { CHAIN_START, type ChainHead, type ChainLink, chainHash, type Sha256 } from '../../../tenancy/audit-chain.ts';
import {
  eachAudit,
  type FoundAudit,
  getAudits,
  getChainHead,
  listLinks,
  type PlacedLink,
} from '../../../tenancy/table/audit-chain.ts';
import type { Trail } from '../../../tenancy/table/audit-entity.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';

/** `stray entry`: it says that it stands where another one does. */
export type BreakKind =
  | 'entry changed'
  | 'entry missing'
  | 'link missing'
  | 'link out of order'
  | 'link changed'
  | 'head differs'
  | 'stray entry';

/** What is wrong at one place of a chain. */
export type Break = {
  readonly sequence: number;
  readonly what: BreakKind;
  readonly auditId?: string;
};

export type Verdict = {
  /** How many entries were found to be as they were sealed, from the beginning on. */
  readonly verified: number;
  /** How many of them people were taken out of, as the purge of a closed tenant does. */
  readonly redacted: number;
  /** The hash that seals them all: kept elsewhere, it shows later whether somebody wrote the whole chain anew. */
  readonly hash: string;
  /** The first place at which the chain does not hold, or null. */
  readonly broken: Break | null;
  /** Entries that should be in the chain by now and are not, by id. */
  readonly unchained: readonly string[];
};

/** The chain's writer follows within seconds; ms. */
const CHAINED_WITHIN_MS = 60_000;

/**
 * Reads a chain from its beginning and recomputes every hash from the entries, then looks through all entries for such
 * as are not in it. Under writing, too: what comes while it reads is read as well. Keeps the ids of all entries in
 * memory, some 100 bytes each.
 * @param now ms since the epoch @throws when the store cannot be read
 */
export async function verifyAudit(tables: Tables, trail: Trail, sha256: Sha256, now: number): Promise<Verdict> {
  const ids: string[] = [];
  let head = CHAIN_START;
  let redacted = 0;
  const verdict = (broken: Break | null, unchained: readonly string[] = []): Verdict => ({
    verified: head.sequence,
    redacted,
    hash: head.hash,
    broken,
    unchained,
  });
  for (;;) {
    const links = await listLinks(tables, trail, head.sequence);
    if (links.length === 0) {
      const broken = await checkHead(tables, trail, head);
      if (broken === 'grown') continue;
      if (broken) return verdict(broken);
      break;
    }
    const auditIds = links.flatMap(({ link }) => link?.auditId ?? []);
    const entries = new Map((await getAudits(tables, trail, auditIds)).map((found) => [found.id, found]));
    for (const placed of links) {
      const checked = checkLink(head, placed, entries, sha256);
      if ('what' in checked) return verdict(checked);
      head = { sequence: checked.sequence, hash: checked.hash };
      ids[checked.sequence] = checked.auditId;
      if (isRedacted(entries.get(checked.auditId))) redacted += 1;
    }
  }
  const { unchained, strays } = await lookThrough(tables, trail, ids, now);
  for (const { id, sequence } of strays.sort((a, b) => a.sequence - b.sequence)) {
    if (sequence <= head.sequence) return verdict({ sequence, what: 'stray entry', auditId: id }, unchained);
    // Chained since the links were read, if its link says so too.
    const [next] = await listLinks(tables, trail, sequence - 1);
    if (next?.link?.auditId !== id) return verdict({ sequence, what: 'link missing', auditId: id }, unchained);
  }
  return verdict(null, unchained);
}

function isRedacted(found: FoundAudit | undefined): boolean {
  const entry = found?.stored?.entry;
  return entry?.personalSha256 !== undefined && entry.salt === undefined;
}

/**
 * @param ids the entries of the chain by their sequence number
 * @returns the entries that are late for the chain, and those that claim a place in it which is not theirs; a damaged one
 * claims the first
 */
async function lookThrough(tables: Tables, trail: Trail, ids: readonly string[], now: number) {
  const unchained: string[] = [];
  const strays: { readonly id: string; readonly sequence: number }[] = [];
  await eachAudit(tables, trail, ({ id, stored }) => {
    if (stored?.link === null) {
      if (stored.entry.at < now - CHAINED_WITHIN_MS) unchained.push(id);
      return;
    }
    const sequence = stored?.link.sequence ?? 1;
    if (ids[sequence] !== id) strays.push({ id, sequence });
  });
  return { unchained, strays };
}

/** Called where no more links are: is that where the head says that the chain ends? */
async function checkHead(tables: Tables, trail: Trail, last: ChainHead): Promise<Break | 'grown' | null> {
  const head = await getChainHead(tables, trail);
  if (head?.sequence === last.sequence && head.hash === last.hash) return null;
  if (!head || head.sequence <= last.sequence) return { sequence: last.sequence, what: 'head differs' };
  // It is further by now: then its links are there as well, from before the head was read.
  const [next] = await listLinks(tables, trail, last.sequence);
  return next ? 'grown' : { sequence: last.sequence + 1, what: 'link missing' };
}

function checkLink(
  last: ChainHead,
  { place, link }: PlacedLink,
  entries: ReadonlyMap<string, FoundAudit>,
  sha256: Sha256,
): ChainLink | Break {
  const sequence = last.sequence + 1;
  if (place !== sequence) return { sequence, what: 'link missing' };
  if (!link) return { sequence, what: 'link changed' };
  const { auditId } = link;
  if (link.sequence !== sequence || link.previousHash !== last.hash) {
    return { sequence, what: 'link out of order', auditId };
  }
  const found = entries.get(auditId);
  if (!found) return { sequence, what: 'entry missing', auditId };
  const { stored } = found;
  if (!stored) return { sequence, what: 'entry changed', auditId };
  const { entry, link: marked } = stored;
  if (chainHash(last.hash, entry, sha256) !== link.hash) {
    // The entry bears the hash as well: what it says tells which of the two was changed.
    const isLink = marked?.hash === chainHash(last.hash, entry, sha256);
    return { sequence, what: isLink ? 'link changed' : 'entry changed', auditId };
  }
  const isMarked = marked?.sequence === sequence && marked.hash === link.hash;
  return isMarked ? link : { sequence, what: 'entry changed', auditId };
}
