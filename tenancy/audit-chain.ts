import type { AuditEntry } from './audit.ts';

/** SHA-256 of a text as lower-case hex: handed in, so that this ground stays free of any runtime. */
export type Sha256 = (text: string) => string;

/** Where a trail's chain ends: how many entries are in it, and the hash that seals them all. */
export type ChainHead = { readonly sequence: number; readonly hash: string };

/** One place of a chain, counted from 1, and the entry that stands there. Hashes are 64 hex digits. */
export type ChainLink = {
  readonly sequence: number;
  readonly auditId: string;
  readonly previousHash: string;
  readonly hash: string;
};

/** An entry with its place in the chain; `link` is null until it has one. */
export type LinkedEntry = AuditEntry & { readonly link: ChainHead | null };

/** The head of a chain without links. */
export const CHAIN_START: ChainHead = { sequence: 0, hash: '0'.repeat(64) };

/** The link with which an entry is put behind the head. */
export function nextLink(head: ChainHead, entry: AuditEntry, sha256: Sha256): ChainLink {
  const hash = chainHash(head.hash, entry, sha256);
  return { sequence: head.sequence + 1, auditId: entry.id, previousHash: head.hash, hash };
}

/** What of an entry tells, or may tell, of people: what somebody changed into what, said, typed, and from where. */
export type AuditPersonal = Partial<Pick<AuditEntry, 'changes' | 'reason' | 'sourceIp' | 'userAgent'>> & {
  readonly aim?: string;
};

/** Parts an entry into what stays for good and what can be taken out; of a refused attempt the aim is what was typed. */
export function partEntry(entry: AuditEntry): { readonly open: AuditEntry; readonly personal: AuditPersonal } {
  const { changes, reason, sourceIp, userAgent, salt: _, ...rest } = entry;
  const isAttempt = rest.target.kind === 'attempt';
  return {
    open: { ...rest, ...(isAttempt ? { target: { ...rest.target, id: NO_AIM } } : {}), changes: [] },
    personal: {
      ...(changes.length > 0 ? { changes } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(sourceIp === undefined ? {} : { sourceIp }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(isAttempt && rest.target.id !== NO_AIM ? { aim: rest.target.id } : {}),
    },
  };
}

const NO_AIM = '-';

/**
 * What of an entry is hashed. What tells of people stands there as a hash of its own, under a salt that goes with it: so it
 * can be taken out for good, nobody finds it by guessing, and the chain still proves all the rest. An entry without a salt
 * is hashed whole, and so is one that claims to have nothing of people in it and has.
 */
export function sealedForm(entry: AuditEntry, sha256: Sha256): AuditEntry {
  const { open, personal } = partEntry(entry);
  const text = personalText(entry);
  if (text !== null) return { ...open, personalSha256: sha256(text) };
  return entry.personalSha256 !== undefined && Object.keys(personal).length === 0 ? open : entry;
}

/** The text whose hash stands in the sealed form for what tells of people; null without a salt, or when it was taken out. */
export function personalText(entry: AuditEntry): string | null {
  return entry.salt === undefined ? null : `${entry.salt}\n${canonicalJson(partEntry(entry).personal)}`;
}

/** Seals an entry and, by the hash before it, everything that came before: no part of it changes without the hash. */
export function chainHash(previous: string, entry: AuditEntry, sha256: Sha256): string {
  return sha256(`${previous}\n${canonicalJson(sealedForm(entry, sha256))}`);
}

/** One text for one value, whatever order its keys were written in; a bigint as its digits, an undefined member not at all. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === 'bigint') return one.toString();
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
