import { decimalUsd } from '../../../tenancy/money.ts';
import { sumNanoUsd } from '../../../tenancy/rating.ts';
import { REGIONS } from '../../../tenancy/region.ts';
import { isRequestId } from '../../../tenancy/request-id.ts';
import { getRequest } from '../../../tenancy/table/requests.ts';
import { apiKeyNodeId, tenantNodeId, userNodeId } from '../ids.ts';
import { billedRequest } from '../request-billing.ts';
import type { CallerType, RequestThrottle, Resolvers } from '../resolver-types.ts';
import { regionName } from '../words.ts';

/** One request to a model, out of the book of the region that served it. */
export const requestResolvers = {
  Tenant: {
    async request({ id: tenantId }, { id }, { access }) {
      const reach = await access.tenant(tenantId);
      // The field's policy says so too: what others asked is nothing to a member.
      if (!reach || reach.self !== null || !isRequestId(id)) return null;
      // Its id does not say where it was served, and where a tenant may be served changes: each book is asked.
      const found = await Promise.all(
        REGIONS.map(async (region) => getRequest(await reach.region(region), tenantId, id)),
      );
      return found.find((one) => one !== null) ?? null;
    },
  },
  ModelRequest: {
    id: ({ intent }) => intent.requestId,
    status: ({ settlement }) => (settlement ? 'SETTLED' : 'OPEN'),
    startedAt: ({ intent }) => intent.startedAt,
    region: ({ intent }) => regionName(intent.region),
    identityId: ({ intent }) => intent.identityId,
    user: ({ intent }, _, { loaders }) => loaders.user(intent.tenantId, intent.identityId),
    callerType: ({ intent }) => intent.callerType.toUpperCase() as CallerType,
    apiKey: ({ intent: { tenantId, keyId } }, _, { loaders }) =>
      keyId === undefined ? null : loaders.apiKey(tenantId, keyId),
    keyFingerprint: ({ intent }) => intent.keyFingerprint ?? null,
    sessionId: ({ intent }) => intent.sessionId ?? null,
    agentId: ({ intent }) => intent.agentId ?? null,
    parentAgentId: ({ intent }) => intent.parentAgentId ?? null,
    traceId: ({ intent }) => intent.traceId ?? null,
    tier: ({ intent }) => intent.tier ?? null,
    model: ({ intent }) => intent.model,
    bedrockModelId: ({ intent }) => intent.bedrockModelId,
    stream: ({ intent }) => intent.stream,
    gates: ({ intent: { tenantId, identityId, keyId } }) => [
      { kind: 'TENANT', subjectId: tenantNodeId(tenantId) },
      { kind: 'USER', subjectId: userNodeId(tenantId, identityId) },
      ...(keyId === undefined ? [] : [{ kind: 'API_KEY', subjectId: apiKeyNodeId(tenantId, keyId) } as const]),
    ],
    reserved: ({ intent }) => intent.reserved,
    billing: (one, _, context) => billedRequest(one, context),
  },
  RequestBilling: {
    amountUsd: ({ lines }) => decimalUsd(sumNanoUsd(lines)),
    lines: ({ lines }) => [...lines],
  },
  RequestBillingLine: {
    amountUsd: ({ nanoUsd }) => decimalUsd(nanoUsd),
  },
  RequestReservation: {
    usd: ({ nanoUsd }) => decimalUsd(nanoUsd),
    inputTokens: ({ inputTokens }) => BigInt(inputTokens),
    outputTokens: ({ outputTokens }) => BigInt(outputTokens),
  },
  RequestSettlement: {
    firstByteAt: ({ firstByteAt }) => firstByteAt ?? null,
    stopReason: ({ stopReason }) => stopReason ?? null,
    bedrockRequestId: ({ bedrockRequestId }) => bedrockRequestId ?? null,
    throttledBy: ({ throttledBy }) => (throttledBy ? (throttledBy.toUpperCase() as RequestThrottle) : null),
    flags: ({ flags }) => [...flags],
    revision: ({ replaced }) => (replaced === undefined ? 1 : 2),
    costUsd: ({ nanoUsd }) => decimalUsd(nanoUsd),
    costs: ({ costs }) => costs ?? null,
    replacedUsd: ({ replaced }) => (replaced === undefined ? null : decimalUsd(replaced)),
  },
  RequestTokens: {
    input: ({ input }) => BigInt(input),
    output: ({ output }) => BigInt(output),
    cacheRead: ({ cacheRead }) => BigInt(cacheRead),
    cacheWrite5m: ({ cacheWrite5m }) => BigInt(cacheWrite5m),
    cacheWrite1h: ({ cacheWrite1h }) => BigInt(cacheWrite1h),
  },
  RequestCosts: {
    inputUsd: ({ input }) => decimalUsd(input),
    outputUsd: ({ output }) => decimalUsd(output),
    cacheReadUsd: ({ cacheRead }) => decimalUsd(cacheRead),
    cacheWrite5mUsd: ({ cacheWrite5m }) => decimalUsd(cacheWrite5m),
    cacheWrite1hUsd: ({ cacheWrite1h }) => decimalUsd(cacheWrite1h),
  },
} satisfies Resolvers;
