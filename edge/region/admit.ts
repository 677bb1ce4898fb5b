import { fingerprintOf } from '../../tenancy/api-key.ts';
import type { Caller } from '../../tenancy/caller.ts';
import type { GateId } from '../../tenancy/gate.ts';
import { decideGrant, type Grant, grantSubjects } from '../../tenancy/grant.ts';
import { type Limits, limitsInForce } from '../../tenancy/limit.ts';
import { chooseProfile, type Model, type ModelProfile, parseModelName } from '../../tenancy/model.ts';
import { profileFor } from '../../tenancy/named-profile.ts';
import { priceAt, type TokenPrices } from '../../tenancy/price.ts';
import { ratingOf } from '../../tenancy/provisioning.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Region } from '../../tenancy/region.ts';
import { type Estimate, firstReservation } from '../../tenancy/reservation.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { type Switches, stoppedBy } from '../../tenancy/switches.ts';
import { type Tenant, tierAt } from '../../tenancy/tenant.ts';
import { roughInputTokens } from '../../tenancy/token-estimate.ts';
import { joinTrace, type Trace } from '../../tenancy/trace.ts';
import type { Intent } from '../../tenancy/usage.ts';
import type { Passport } from '../passport.ts';
import { readAsk } from './ask.ts';
import { consult } from './consult.ts';
import type { Content } from './content.ts';
import type { CallRoute, Dialect } from './dialect.ts';
import type { RegionRequest } from './exchange.ts';
import type { Identified } from './identify.ts';
import type { LearntBetas } from './learnt-betas.ts';
import type { PricedModel, Rules } from './stores.ts';

export type AdmitDeps = {
  readonly region: Region;
  /** The catalogue, kept for half a minute: what must count at once is in the switches. */
  readonly model: (now: number, name: string) => Promise<PricedModel | null>;
  /** The whole of it, kept as long. */
  readonly models: (now: number) => Promise<readonly Model[]>;
  /** A caller's rules, kept as long as the tenant's `rulesVersion` stays the same. */
  readonly rules: (now: number, tenant: Tenant, caller: Caller) => Promise<Rules>;
  readonly learntBetas: LearntBetas;
};

/** What a model has room for when a beta of its widens it. */
const LONG_CONTEXT_TOKENS = 1_000_000;

/** A gate that a request passes, and what it may use there. */
export type LimitedGate = { readonly id: GateId; readonly limits: Limits };

/** A request that may go to Bedrock, once its place in the limits is reserved. */
export type Admission = {
  readonly dialect: Dialect;
  readonly caller: Caller;
  readonly intent: Intent;
  readonly content: Content;
  /** What the profile of the intent leads to. */
  readonly foundationModelId: string;
  readonly gates: readonly LimitedGate[];
  /** As they were read for this request. */
  readonly switches: Switches;
  readonly estimate: Estimate;
  readonly perToken: TokenPrices;
  /** Whether output can be made that nobody sees flow: thinking that is not shown, an answer in one piece. */
  readonly unseen: boolean;
  /** Under which Bedrock is called. */
  readonly trace: Trace;
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
  route: CallRoute,
  identified: Identified,
  deps: AdmitDeps,
  now: number,
): Promise<Result<Admission, Refusal>> {
  const { caller, tenant } = identified;
  const ask = readAsk(request, passport, route);
  if (!ask.ok) return ask;
  const { dialect, stream, unseen } = ask.value;
  const granted = await findGranted(ask.value.model, identified, deps, now);
  if (!granted.ok) return granted;
  const { model, profile, perToken, rules } = granted.value;

  await deps.learntBetas.load(model.id, now);
  const content = ask.value.content(model, deps.region, deps.learntBetas, now);
  if (!content.ok) return content;
  const { body, maxTokens } = content.value.first;
  const estimate = {
    // No model reads more than it has room for: a longer prompt is refused by Bedrock, unpaid.
    inputTokens: Math.min(roughInputTokens(body), roomOf(model)),
    maxOutputTokens: outputLimit(maxTokens, model),
  };
  const { tenantId, identityId, callerType, keyId } = caller;
  const trace = joinTrace(request.headers, passport.requestId);
  const { money, outputTokens } = firstReservation(estimate, perToken);
  return ok({
    dialect,
    caller,
    content: content.value,
    foundationModelId: model.foundationModelId,
    gates: limitedGates(tenant, caller, rules, now),
    switches: identified.switches,
    estimate,
    perToken,
    unseen,
    trace,
    intent: {
      requestId: passport.requestId,
      tenantId,
      identityId,
      callerType,
      ...(keyId === undefined ? {} : { keyId }),
      ...(keyId === undefined || passport.keySha256 === undefined
        ? {}
        : { keyFingerprint: fingerprintOf(passport.keySha256) }),
      model: model.id,
      bedrockModelId: profile.bedrockModelId,
      region: deps.region,
      tier: tierAt(tenant, now),
      stream,
      ...readAgent(request),
      traceId: trace.traceId,
      startedAt: now,
      reserved: { nanoUsd: money, inputTokens: estimate.inputTokens, outputTokens },
    },
  });
}

/** What Claude Code says of its session and of its agents, of which a session may have many. */
const AGENT_HEADERS = {
  sessionId: 'x-claude-code-session-id',
  agentId: 'x-claude-code-agent-id',
  parentAgentId: 'x-claude-code-parent-agent-id',
} as const;

function readAgent({ headers }: RegionRequest): { readonly [Name in keyof typeof AGENT_HEADERS]?: string } {
  return Object.fromEntries(
    Object.entries(AGENT_HEADERS).flatMap(([name, header]) => {
      const id = headers[header] ?? '';
      return /^[A-Za-z0-9-]{1,64}$/.test(id) ? [[name, id]] : [];
    }),
  );
}

function roomOf({ contextTokens, longContextBeta }: Model): number {
  return longContextBeta === null ? contextTokens : Math.max(contextTokens, LONG_CONTEXT_TOKENS);
}

/** What no model accepts as a limit must not become a reservation: Bedrock is left to refuse it. */
function outputLimit(maxTokens: number | null, { maxOutputTokens }: Model): number {
  return Number.isSafeInteger(maxTokens) && Number(maxTokens) > 0
    ? Math.min(Number(maxTokens), maxOutputTokens)
    : maxOutputTokens;
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
  if (decision.outcome === 'none') return no(decision.nearest ? { ...notGranted, by: decision.nearest } : notGranted);
  if (decision.outcome !== 'allowed') {
    return no({ ...notGranted, by: { grantId: decision.grantId, why: decision.outcome } });
  }
  if (!priced?.model.enabled) return no(notGranted);
  const { model, prices } = priced;
  const by = stoppedBy(switches, region, model.id);
  if (by) return no({ kind: 'stopped', by });
  const profile = profileFor(model, asked, region, tenant.residency);
  if (!profile) return no({ kind: 'model_out_of_reach', model: model.id, region, residency: tenant.residency });
  const price = priceAt(prices, 'charge', now, { region, tier: tierAt(tenant, now) });
  // Nothing is served that nobody could be billed for, nor a budget counted with.
  if (!price) return no({ kind: 'store_unavailable', what: `no price in force for ${model.id}` });
  return ok({ model, profile, perToken: ratingOf(caller.callerType, price.perToken).perToken, rules });
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
export function limitedGates(
  tenant: Tenant,
  caller: Caller,
  { limits: rules }: Pick<Rules, 'limits'>,
  now: number,
): LimitedGate[] {
  const tier = tierAt(tenant, now);
  return grantSubjects(caller).map((subject) => {
    const rule = rules.find(({ subject: its }) => JSON.stringify(its) === JSON.stringify(subject));
    return {
      id: { tenantId: tenant.id, subject },
      limits: limitsInForce(tier, subject.kind, tenant.limits, rule?.limits),
    };
  });
}
