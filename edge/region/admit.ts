import type { Caller } from '../../tenancy/caller.ts';
import type { GateId } from '../../tenancy/gate.ts';
import { decideGrant, type Grant, grantSubjects } from '../../tenancy/grant.ts';
import { type Limits, limitsInForce } from '../../tenancy/limit.ts';
import { chooseProfile, type Model, type ModelProfile, parseModelName } from '../../tenancy/model.ts';
import { priceAt, type TokenPrices } from '../../tenancy/price.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Region } from '../../tenancy/region.ts';
import { type Estimate, firstReservation } from '../../tenancy/reservation.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { type Switches, stoppedBy } from '../../tenancy/switches.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { Intent } from '../../tenancy/usage.ts';
import type { Passport } from '../passport.ts';
import { readMessagesBody } from './body.ts';
import { consult } from './consult.ts';
import { type Content, translateContent } from './content.ts';
import type { RegionRequest } from './exchange.ts';
import type { Identified } from './identify.ts';
import type { LearntBetas } from './learnt-betas.ts';
import type { PricedModel, Rules } from './stores.ts';

export type AdmitDeps = {
  readonly region: Region;
  /** The catalogue, kept for half a minute: what must count at once is in the switches. */
  readonly model: (now: number, name: string) => Promise<PricedModel | null>;
  /** A caller's rules, kept as long as the tenant's `rulesVersion` stays the same. */
  readonly rules: (now: number, tenant: Tenant, caller: Caller) => Promise<Rules>;
  readonly learntBetas: LearntBetas;
};

/** A gate that a request passes, and what it may use there. */
export type LimitedGate = { readonly id: GateId; readonly limits: Limits };

/** A request that may go to Bedrock, once its place in the limits is reserved. */
export type Admission = {
  readonly caller: Caller;
  readonly intent: Intent;
  readonly content: Content;
  readonly gates: readonly LimitedGate[];
  /** As they were read for this request. */
  readonly switches: Switches;
  readonly estimate: Estimate;
  readonly perToken: TokenPrices;
  /** Whether output can be made that nobody sees flow: thinking that is not shown, an answer in one piece. */
  readonly unseen: boolean;
};

/** A model that a caller may call from here, and how. */
export type GrantedModel = {
  readonly model: Model;
  readonly profile: ModelProfile;
  readonly perToken: TokenPrices;
  readonly rules: Rules;
};

/** Decides a call of a model by the directory: what is asked, the model, the grant, the price. */
export async function admit(
  request: RegionRequest,
  passport: Passport,
  identified: Identified,
  deps: AdmitDeps,
  now: number,
): Promise<Result<Admission, Refusal>> {
  const { caller, tenant } = identified;
  const read = readMessagesBody(request);
  if (!read.ok) return read;
  const granted = await findGranted(read.value.model, identified, deps, now);
  if (!granted.ok) return granted;
  const { model, profile, perToken, rules } = granted.value;

  const asked = `${request.headers['anthropic-beta'] ?? ''},${read.value.betas}`;
  await deps.learntBetas.load(model.id, now);
  const { longContext } = parseModelName(read.value.model) ?? { longContext: false };
  const content = translateContent(
    read.value,
    { model, region: deps.region, asked, longContext },
    deps.learntBetas,
    now,
  );
  if (!content.ok) return content;
  const { body, maxTokens } = content.value.first;
  const estimate = {
    inputTokens: Math.ceil(body.length / 3),
    maxOutputTokens: Math.min(maxTokens ?? model.maxOutputTokens, model.maxOutputTokens),
  };
  const { tenantId, identityId, callerType, keyId } = caller;
  const sessionId = request.headers['x-claude-code-session-id'] ?? '';
  const { money, outputTokens } = firstReservation(estimate, perToken);
  return ok({
    caller,
    content: content.value,
    gates: limitedGates(tenant, caller, rules),
    switches: identified.switches,
    estimate,
    perToken,
    unseen: !read.value.stream || read.value.members.some(({ key }) => key === 'thinking'),
    intent: {
      requestId: passport.requestId,
      tenantId,
      identityId,
      callerType,
      ...(keyId === undefined ? {} : { keyId }),
      model: model.id,
      bedrockModelId: profile.bedrockModelId,
      region: deps.region,
      stream: read.value.stream,
      ...(/^[A-Za-z0-9-]{1,64}$/.test(sessionId) ? { sessionId } : {}),
      startedAt: now,
      reserved: { nanoUsd: money, inputTokens: estimate.inputTokens, outputTokens },
    },
  });
}

/** Finds the model that a name means, if this caller may call it from this region now. */
export async function findGranted(
  asked: string,
  { caller, tenant, switches }: Identified,
  { region, model: findModel, rules: findRules }: AdmitDeps,
  now: number,
): Promise<Result<GrantedModel, Refusal>> {
  const notGranted = { kind: 'model_not_granted', model: asked, tenant: tenant.id } as const;
  const name = parseModelName(asked);
  const found = await consult(() =>
    Promise.all([name === null ? null : findModel(now, name.name), findRules(now, tenant, caller)]),
  );
  if (!found.ok) return found;
  const [priced, rules] = found.value;
  // Decided for a model that nobody knows as well: what is said of it must not tell that it is unknown.
  const decision = decideGrant(rules.grants, priced?.model.id ?? asked, region, now);
  if (decision.outcome === 'denied') return no({ ...notGranted, by: { grantId: decision.grantId, why: 'denied' } });
  if (decision.outcome === 'none') return no(decision.nearest ? { ...notGranted, by: decision.nearest } : notGranted);
  if (!priced?.model.enabled) return no(notGranted);
  const { model, prices } = priced;
  const by = stoppedBy(switches, region, model.id);
  if (by) return no({ kind: 'stopped', by });
  const profile = chooseProfile(model, region, tenant.residency);
  if (!profile) return no({ kind: 'model_out_of_reach', model: model.id, region, residency: tenant.residency });
  const price = priceAt(prices, 'charge', now);
  // Nothing is served that nobody could be billed for, nor a budget counted with.
  if (!price) return no({ kind: 'store_unavailable', what: `no price in force for ${model.id}` });
  return ok({ model, profile, perToken: price.perToken, rules });
}

/** The models, of those given, that a caller may call from here now. */
export function grantedAmong(
  models: readonly Model[],
  grants: readonly Grant[],
  region: Region,
  { residency }: Tenant,
  now: number,
): Model[] {
  return models.filter(
    (model) =>
      model.enabled &&
      decideGrant(grants, model.id, region, now).outcome === 'allowed' &&
      chooseProfile(model, region, residency) !== null,
  );
}

/** The gates that a caller passes, widest first, with the limits in force at each. */
export function limitedGates(tenant: Tenant, caller: Caller, { limits: rules }: Pick<Rules, 'limits'>): LimitedGate[] {
  return grantSubjects(caller).map((subject) => {
    const rule = rules.find(({ subject: its }) => JSON.stringify(its) === JSON.stringify(subject));
    return {
      id: { tenantId: tenant.id, subject },
      limits: limitsInForce(tenant.tier, subject.kind, tenant.limits, rule?.limits),
    };
  });
}
