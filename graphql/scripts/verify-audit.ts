import { createHash } from 'node:crypto';
import { CHAIN_START, canonicalJson } from '../../tenancy/audit-chain.ts';
import { no, ok } from '../../tenancy/result.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { Client } from './client.ts';
import { PlatformTrail, type SealedEventFragment, TenantTrail } from './documents.ts';
import { PAGE, type Page, pages } from './pages.ts';
import { defineScript, type Tools } from './script.ts';

const NAME = 'verify-audit';

/** The chain's writer follows within seconds. */
const CHAINED_WITHIN_MS = 60_000;
const SEAL = /^([1-9]\d*):([0-9a-f]{64})$/;

/** What an earlier run found at the end of the chain. */
type Seal = { readonly sequence: number; readonly hash: string };

export const verifyAudit = defineScript({
  name: NAME,
  summary:
    "Recomputes the hash chain of an audit trail from what the API tells, without trusting the API's word on it.",
  words: 'SLUG|platform [--seal SEQUENCE:HASH]',
  about: `  SLUG              the trail of this tenant; platform: the platform's own
  --seal S:HASH     what an earlier run printed and was kept elsewhere: shows whether the chain was written anew since

  It reads the whole trail. What it prints last seals everything up to there: keep it.`,
  examples: [`${NAME} acme`, `${NAME} platform --json`],
  options: { seal: { type: 'string' } },
  read({ values, positionals }) {
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) return no('name one tenant, or platform');
    if (name !== 'platform' && !parseTenantId(name)) return no(`${JSON.stringify(name)} is no tenant's slug`);
    const [whole, sequence, hash = ''] = SEAL.exec(values.seal ?? '') ?? [];
    if (values.seal !== undefined && whole === undefined)
      return no('--seal is SEQUENCE:HASH, as an earlier run printed it');
    return ok((tools) => verify(name, whole === undefined ? null : { sequence: Number(sequence), hash }, tools));
  },
});

async function verify(name: string, seal: Seal | null, { client, report, now }: Tools): Promise<void> {
  const trail = await readTrail(client, name, now() - CHAINED_WITHIN_MS, (read) =>
    report.progress(read, null, 'entries read'),
  );
  if (!trail)
    return report.tell({
      subject: name,
      outcome: 'failed',
      what: "there is no such tenant, or its trail is not this client's to see",
    });
  const { head, fault } = checkChain(trail.chained, seal);
  const data = {
    verified: head.sequence,
    hash: head.hash,
    seal: `${head.sequence}:${head.hash}`,
    unchained: trail.unchained,
  };
  if (fault)
    return report.tell({
      subject: name,
      outcome: 'failed',
      what: `BROKEN at ${fault.sequence}: ${fault.what}`,
      data: { ...data, broken: fault },
    });
  if (trail.unchained.length > 0) {
    const what = `NOT CHAINED: ${trail.unchained.length}: ${trail.unchained.slice(0, 20).join(', ')}`;
    return report.tell({ subject: name, outcome: 'failed', what, data });
  }
  report.tell({
    subject: name,
    outcome: 'done',
    what: `${head.sequence} entries hold, sealed by ${data.seal}`,
    data,
  });
}

/** An entry of the chain, with the hash of its text alone in memory once that is known to be right. */
type Chained = { readonly id: string; readonly hash: string; readonly text: string; readonly fault: string | null };
type Trail = { readonly chained: ReadonlyMap<number, Chained>; readonly unchained: readonly string[] };

/** @param lateBefore ms: an older entry that is in no chain is a finding @returns null when there is no such trail */
async function readTrail(
  client: Client,
  name: string,
  lateBefore: number,
  told: (read: number) => void,
): Promise<Trail | null> {
  const chained = new Map<number, Chained>();
  const unchained: string[] = [];
  let isThere = false;
  let mayBeParted = false;
  let read = 0;
  const readTenantPage = async (after: string | null) => {
    const { tenant } = await client.ask(TenantTrail, { slug: name, first: PAGE, after });
    mayBeParted = tenant?.status === 'CLOSING' || tenant?.status === 'CLOSED';
    return tenant?.auditEvents;
  };
  const all = pages<SealedEventFragment>(async (after) => {
    const page: Page<SealedEventFragment> | null | undefined =
      name === 'platform'
        ? (await client.ask(PlatformTrail, { first: PAGE, after })).platformAuditEvents
        : await readTenantPage(after);
    isThere ||= Boolean(page);
    return page;
  });
  for await (const event of all) {
    told(++read);
    const { id, at, sequence, hash, sealedText } = event;
    if (sequence === null || hash === null) {
      if (Date.parse(at) < lateBefore) unchained.push(id);
      continue;
    }
    const place = Number(sequence);
    const fault = chained.has(place)
      ? `${id} and ${chained.get(place)?.id} both stand there`
      : whyNotItself(event, mayBeParted);
    chained.set(place, { id, hash, text: sealedText, fault });
  }
  return isThere ? { chained, unchained } : null;
}

/** An attempt that was refused is aimed at what somebody typed, which is not sealed in the open. */
const NO_AIM = '-';

/**
 * What is shown of an entry must be what is sealed: else a hash holds, and the reader was told another thing.
 * @param mayBeParted whether what tells of people may have been taken out: of a tenant that is closed, and of no other
 */
export function whyNotItself(event: SealedEventFragment, mayBeParted: boolean): string | null {
  const { at, requestId, action, outcome, actor, targetType, targetId, personalText, reason, changes } = event;
  const id = event.id.replace(/^aud_[^:]+:/, '');
  const { target, personalSha256, ...sealed } = JSON.parse(event.sealedText) as Sealed;
  if (personalSha256 !== undefined && personalText === null && !mayBeParted) {
    return `of ${event.id} what tells of people was taken out`;
  }
  if (personalText !== null && createHash('sha256').update(personalText).digest('hex') !== personalSha256) {
    return `of ${event.id} what tells of people is another than is sealed`;
  }
  const told = personalText === null ? sealed : (JSON.parse(personalText.slice(personalText.indexOf('\n'))) as Told);
  const shown = { id, at: Date.parse(at), requestId, action, outcome, actor };
  const isSame =
    target.kind === targetType &&
    (target.id === targetId || target.id === NO_AIM) &&
    (told.reason ?? null) === reason &&
    canonicalJson(told.changes ?? []) === canonicalJson(changes) &&
    Object.entries(shown).every(([name, value]) => canonicalJson(sealed[name]) === canonicalJson(value));
  return isSame ? null : `${event.id} is shown as another than is sealed`;
}

/** What an entry tells of people, as far as the API shows it. */
type Told = { readonly reason?: string; readonly changes?: SealedEventFragment['changes'] };
type Sealed = Told & {
  readonly [name: string]: unknown;
  readonly personalSha256?: string;
  readonly target: { readonly kind: string; readonly id: string };
};

type Fault = { readonly sequence: number; readonly what: string };

/** Goes through the chain from its beginning; ends at the first place at which it does not hold. */
export function checkChain(chained: ReadonlyMap<number, Chained>, seal: Seal | null) {
  let head = CHAIN_START;
  const broken = (sequence: number, what: string): { head: typeof head; fault: Fault } => ({
    head,
    fault: { sequence, what },
  });
  for (let sequence = 1; sequence <= chained.size; sequence++) {
    const entry = chained.get(sequence);
    if (!entry) return broken(sequence, 'no entry stands there');
    if (entry.fault) return broken(sequence, entry.fault);
    const hash = createHash('sha256').update(`${head.hash}\n${entry.text}`).digest('hex');
    if (hash !== entry.hash) return broken(sequence, `${entry.id} was changed, or what came before it`);
    head = { sequence, hash };
    if (seal?.sequence === sequence && seal.hash !== hash)
      return broken(sequence, 'the chain is another than the seal is of');
  }
  if (seal && seal.sequence > head.sequence) return broken(seal.sequence, 'the chain ends before what was sealed');
  return { head, fault: null };
}
