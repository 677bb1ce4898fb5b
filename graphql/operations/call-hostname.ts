import { type Mac, mintApiKey, randomBase62 } from '../../tenancy/api-key.ts';
import { decideGrant } from '../../tenancy/grant.ts';
import { chooseProfile } from '../../tenancy/model.ts';
import type { Operation, StepOutcome } from '../../tenancy/operation.ts';
import { PROVISIONING_KEY_LIFE_MS } from '../../tenancy/provisioning.ts';
import { listGrants } from '../../tenancy/table/grants.ts';
import { deleteProvisioningKey, putProvisioningKey } from '../../tenancy/table/provisioning-keys.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ReadCatalogue } from './catalogue.ts';
import { TryAgain } from './run.ts';

export type CallDeps = {
  /** Those of the control region. */
  readonly tables: Tables;
  readonly catalogue: ReadCatalogue;
  /** As the API has it: the keyed hash behind the MAC of keys that are minted now. */
  readonly mac: () => Promise<Mac>;
  readonly proxyUrl: (tenant: string) => string;
  /** Posts JSON, without following redirects. @returns the answer's status, when all of it has come */
  readonly post: (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<number>;
  readonly sha256: (text: string) => string;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
};

/** How long one try of the step goes on asking: the row reaches the edge and the region within seconds. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 100;
const OK = 200;

/**
 * Calls the new hostname as a developer will: through the edge, with a key, to the cheapest model that is granted. The
 * key is made for this, is good for nothing else, and is gone when the step is over.
 * @throws TryAgain when the hostname has not answered well for so long
 */
export async function callHostname(
  deps: CallDeps,
  tenant: Tenant,
  { id }: Operation<'ONBOARD'>,
  until: number,
): Promise<StepOutcome> {
  // Done already, by a run that could not put it down: an open tenant knows no such key any more.
  if (tenant.status === 'ACTIVE') return { outcome: 'done' };
  const { tables, now, pause } = deps;
  const model = await cheapestGranted(deps, tenant, now());
  if (model === null)
    return { outcome: 'failed', why: 'no model that is granted can be called; grant one, then retry' };
  const keyId = id.replaceAll('-', '').slice(-10);
  const secret = randomBase62(deps.randomBytes(96), 32);
  const key = mintApiKey(tenant.id, keyId, secret, await deps.mac());
  const began = now();
  try {
    const validUntil = began + PROVISIONING_KEY_LIFE_MS;
    await putProvisioningKey(tables, { tenantId: tenant.id, keyId, sha256: deps.sha256(key), validUntil });
    const last = Math.min(until, began + PATIENCE_MS);
    for (let calls = 1; ; calls++) {
      const status = await callOnce(deps, tenant, key, model);
      if (status === OK) {
        return { outcome: 'done', detail: `200 by ${model} after ${calls} calls in ${now() - began} ms` };
      }
      // What the edge or the region does not know yet it knows in a moment.
      if (now() >= last) throw new TryAgain(`the hostname answered ${status ?? 'nothing'}, ${calls} times`);
      await pause(PAUSE_MS);
    }
  } finally {
    await deleteProvisioningKey(tables, tenant.id);
  }
}

/** @returns null when nobody answered */
async function callOnce(deps: CallDeps, { id }: Tenant, key: string, model: string): Promise<number | null> {
  const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key };
  const body = JSON.stringify({ model, max_tokens: 1, messages: [{ role: 'user', content: 'Hello' }] });
  try {
    return await deps.post(`${deps.proxyUrl(id)}/v1/messages`, headers, body);
  } catch {
    return null;
  }
}

/** By the book of charges, at home. Null when there is none. */
async function cheapestGranted({ tables, catalogue }: CallDeps, tenant: Tenant, now: number): Promise<string | null> {
  const { id, homeRegion, residency } = tenant;
  const [offered, grants] = await Promise.all([catalogue(), listGrants(tables, id, [{ kind: 'tenant' }])]);
  const priced = offered.flatMap(({ model, charge }) => {
    const isCallable =
      model.enabled &&
      chooseProfile(model, homeRegion, residency) !== null &&
      decideGrant(grants, model.id, homeRegion, now).outcome === 'allowed';
    return isCallable && charge ? [{ id: model.id, cost: charge.perToken.input + charge.perToken.output }] : [];
  });
  const [cheapest] = priced.toSorted((a, b) => a.cost - b.cost || (a.id < b.id ? -1 : 1));
  return cheapest?.id ?? null;
}
