import type { Sha256 } from '../../../tenancy/audit-chain.ts';
import { type Export, exportPrefixes, exportStatus } from '../../../tenancy/export.ts';
import type { Operation, StepOutcome } from '../../../tenancy/operation.ts';
import { redactTrail } from '../../../tenancy/table/audit-redaction.ts';
import { requestBilling } from '../../../tenancy/table/billing-commands.ts';
import { forgetExport, getExport, requestArchive } from '../../../tenancy/table/exports.ts';
import { countOpenRequests } from '../../../tenancy/table/overdue-requests.ts';
import { purgeTenant } from '../../../tenancy/table/purge.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import { firstDay, type TenantStores } from '../../../tenancy/table/tenant-items.ts';
import { getTenant, putTenant } from '../../../tenancy/table/tenants.ts';
import { listUsers } from '../../../tenancy/table/users.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { Platform } from '../../api/context.ts';
import { holdGate } from '../../api/gate-stops.ts';
import type { Runbook } from '../run.ts';
import { CLOSED_REASON, type RevokeDeps, revokeAll } from './revoke.ts';

export type CloseDeps = Omit<RevokeDeps, 'userPool'> & {
  readonly stores: TenantStores;
  readonly everyRegion: Platform['everyRegion'];
  readonly userPool: RevokeDeps['userPool'] & Pick<Platform['userPool'], 'remove'>;
  /** Deletes everything of a bucket under a prefix; says how many objects there were. */
  readonly removeFiles: (prefix: string) => Promise<number>;
  readonly sha256: Sha256;
  readonly wait: (ms: number) => Promise<void>;
  /** How long (ms) after a purge that removed something another one looks whether a straggler wrote anew. */
  readonly lookAgainMs: number;
};

type Close = Operation<'CLOSE'>;

/** What is open when the gates close comes into the index of open requests within this time; ms. */
const INDEXED_MS = 5_000;
/** A request lives for 15 minutes at most, and its sweeper comes every minute. */
const DRAIN_MS = 20 * 60_000;
const SOON_MS = 2_000;

const done = (detail: string): StepOutcome => ({ outcome: 'done', detail });
const wait = (until: number, why: string): StepOutcome => ({ outcome: 'wait', until, why });
const failed = (why: string): StepOutcome => ({ outcome: 'failed', why });

/** How a tenant is closed, step by step. Each may be repeated from its beginning. */
export function closeSteps(deps: CloseDeps): NonNullable<Runbook['CLOSE']> {
  const { tables, stores, userPool, now } = deps;
  return {
    block: async (operation) => {
      await shut(deps, operation);
      return done('refused in every region, from the next request on');
    },
    revoke: async ({ tenantId }, until) => {
      const { ended, complete } = await revokeAll(deps, tenantId, until);
      return complete ? done(`${ended} credentials ended`) : wait(now(), `${ended} credentials ended so far`);
    },
    drain: async (operation) => {
      const since = startOf(operation, 'drain', now());
      const open = await countOpen(stores, operation);
      const settled = now() >= since + INDEXED_MS;
      if (open === 0 && settled) return done('no request is open');
      if (now() >= since + DRAIN_MS)
        return failed(`${open} requests are open after 20 minutes; see that they are settled`);
      return wait(now() + SOON_MS, open === 0 ? 'for whatever began just now' : `${open} requests are open`);
    },
    final_bill: async ({ id, tenantId, startedBy, startedAt }) => {
      const asked = { id, tenantId, kind: 'FINAL_BILL', state: 'PENDING', requestedAt: startedAt } as const;
      await requestBilling(tables, { ...asked, requestedBy: startedBy });
      return done('asked of billing');
    },
    export: async (operation) => {
      const stored = await getExport(tables, operation);
      if (stored?.state === 'READY') return done(`${stored.file?.bytes ?? 0} bytes`);
      if (stored && exportStatus(stored, now()).status === 'FAILED') {
        // Told to go on, this step finds none, and asks for it anew.
        await forgetExport(tables, stored);
        return failed(`the archive was not written: ${exportStatus(stored, now()).failure ?? 'nobody says why'}`);
      }
      if (!stored) await requestArchive(tables, await archiveOf(deps, operation));
      return wait(now() + SOON_MS, 'the archive is being written');
    },
    retain: async ({ input: { purgeAt } }) =>
      now() < purgeAt
        ? wait(purgeAt, `its data stays until ${new Date(purgeAt).toISOString()}`)
        : done('the time is over'),
    purge: async (operation, until) => {
      const { tenantId } = operation;
      for (let after: string | undefined, more = true; more; ) {
        const page = await listUsers(tables, tenantId, { limit: 100, ...(after === undefined ? {} : { after }) });
        for (const { id } of page.users) await userPool.remove(id);
        after = page.next?.after;
        more = page.next !== null;
      }
      for (const prefix of exportPrefixes(tenantId)) await deps.removeFiles(prefix);
      const mayGoOn = () => now() < until;
      const told = await redactTrail(tables, tenantId, deps.sha256, mayGoOn);
      if (!told.complete) return wait(now(), 'people are taken out of the trail');
      const purged = await purgeTenant(stores, tenantId, now(), { wait: deps.wait, mayGoOn });
      const removed = told.removed + purged.removed;
      if (!purged.complete) return wait(now(), `${removed} items went, and there are more`);
      // Whoever follows the ledger's stream may be behind, and write a sum or a notice once more.
      if (removed > 0)
        return wait(now() + deps.lookAgainMs, `${removed} items went; it looks again whether any came back`);
      return done('nothing is left of it but the tombstone, the books and the trail');
    },
    tombstone: async ({ tenantId }) => {
      const tenant = await getTenant(tables, tenantId);
      if (!tenant) return failed('there is no such tenant');
      if (tenant.status === 'CLOSED') return done('closed');
      const stored = await putTenant(tables, tombstoneOf(tenant, now()));
      if (stored === 'conflict') throw new Error('somebody changes the tenant at this moment');
      return done('closed');
    },
  };
}

/** Refuses the tenant in every region, where each looks before a request; running streams are cut by the same. */
export async function shut(
  { everyRegion, now }: Pick<CloseDeps, 'everyRegion' | 'now'>,
  { tenantId }: Pick<Close, 'tenantId'>,
): Promise<void> {
  const gate = { tenantId, subject: { kind: 'tenant' } } as const;
  await holdGate({ platform: { everyRegion }, now: now() }, gate, 'closing', CLOSED_REASON);
}

/** The name is taken for ever, and nothing else is told. Where it was served is kept, or its row could not be read. */
export function tombstoneOf({ id, tier, homeRegion, allowedRegions, residency, version }: Tenant, now: number): Tenant {
  const served = { tier, homeRegion, allowedRegions, residency };
  return { id, name: id, status: 'CLOSED', ...served, closedAt: now, version: version + 1 };
}

function startOf({ steps }: Close, name: string, now: number): number {
  return steps.find((step) => step.name === name)?.startedAt ?? now;
}

async function countOpen({ ledgers }: TenantStores, { tenantId }: Close): Promise<number> {
  const counts = await Promise.all(ledgers.map((tables: Tables) => countOpenRequests(tables, tenantId)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The archive of an operation: one for each, so that whoever asks twice is given the same. */
async function archiveOf({ stores, now }: CloseDeps, { id, tenantId, startedBy }: Close): Promise<Export> {
  const first = await firstDay(stores, tenantId, now());
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const days = { from: dayOf(first), to: dayOf(now()) };
  return {
    id,
    tenantId,
    kind: 'ARCHIVE',
    ...days,
    state: 'REQUESTED',
    requestedBy: startedBy,
    requestedAt: now(),
    attempts: 0,
  };
}
