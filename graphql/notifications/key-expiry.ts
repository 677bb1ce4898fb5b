import type { ApiKey } from '../../tenancy/api-key.ts';
import { expiryNotice } from '../../tenancy/notification.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { NoticeDeps } from './budgets.ts';
import { tell } from './tell.ts';

/** Some of a list, and what to ask for to have the next ones; nothing when there are no more. */
type Page<Item> = { readonly items: readonly Item[]; readonly next?: string };

export type ExpiryDeps = NoticeDeps & {
  /** @param after the `next` of the page before */
  readonly listTenants: (after: string | undefined) => Promise<Page<{ readonly id: TenantId }>>;
  readonly listApiKeys: (tenantId: TenantId, after: string | undefined) => Promise<Page<ApiKey>>;
  /** Looks at no further tenant after so many ms: the next run sends what this one did not. */
  readonly runMs: number;
};

/** `isWhole`: all tenants were looked at. */
export type Expiries = { readonly sent: number; readonly failed: number; readonly isWhole: boolean };

/**
 * The daily run: tells the owners of all keys that are about to end. One query per tenant; whoever was told is not told
 * again, so it may run more often, and again after a failure.
 */
export async function tellExpiries(deps: ExpiryDeps): Promise<Expiries> {
  const started = deps.now();
  let [sent, failed] = [0, 0];
  for await (const { id } of pages(deps.listTenants)) {
    if (deps.now() - started > deps.runMs) return { sent, failed, isWhole: false };
    try {
      for await (const key of pages((after) => deps.listApiKeys(id, after))) {
        const told = await tellOfKey(deps, key);
        if (told === 'sent') sent++;
        if (told === 'failed') failed++;
      }
    } catch (error) {
      // A tenant whose keys cannot be read must not keep the others from being told.
      failed++;
      deps.log({ event: 'notice_failed', tenantId: id, why: whyOf(error) });
    }
  }
  return { sent, failed, isWhole: true };
}

/** A key that cannot be told of (an address that bounces) must not keep the others from it, day after day. */
async function tellOfKey(deps: ExpiryDeps, key: ApiKey): Promise<'sent' | 'failed' | null> {
  const { tenantId } = key;
  const notice = expiryNotice(key, deps.now());
  if (!notice) return null;
  try {
    const told = await tell(deps, notice);
    if (told === 'nobody') deps.log({ event: 'notice_without_reader', tenantId });
    return told === 'sent' ? told : null;
  } catch (error) {
    deps.log({ event: 'notice_failed', tenantId, why: whyOf(error) });
    return 'failed';
  }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

async function* pages<Item>(list: (after: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let after: string | undefined;
  do {
    const { items, next } = await list(after);
    yield* items;
    after = next;
  } while (after !== undefined);
}
