import type { CloudFrontRequest, CloudFrontResultResponse } from 'aws-lambda';
import { corsHeadersAt } from '../../tenancy/cors.ts';
import { bindCredentials } from '../../tenancy/credential.ts';
import { parsePage } from '../../tenancy/page.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { matchRoute, wireOf } from '../../tenancy/route.ts';
import { PASSPORT_LIFE_MS, sealPassport } from '../passport.ts';
import { toCloudFrontAnswer } from './answer.ts';
import { digestApiKey, readCredentials, type Verifiers, verifyCredentials } from './credentials.ts';
import { toRegionRequest } from './forward.ts';
import { chooseRegion, onlyValue, readHostTenant, refuseInactive } from './host-tenant.ts';
import { type Log, refusalLine } from './log.ts';
import type { Settings } from './settings.ts';

/** What the function works with, made once by the entry file. */
export type Tools = Omit<Verifiers, 'issuer'> & {
  readonly settings: Settings;
  /** @param size in bytes */
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: Log;
};

/**
 * Lets a request through to its tenant's region, or answers it. Never rejects: a function that throws is answered by
 * CloudFront with a page of HTML, from which no client can tell its user anything.
 * @param now ms since the epoch
 */
export async function handleOriginRequest(
  request: CloudFrontRequest,
  tools: Tools,
  now: number,
): Promise<CloudFrontRequest | CloudFrontResultResponse> {
  const requestId = mintRequestId(now, tools.randomBytes(10));
  let result: Result<CloudFrontRequest, Refusal>;
  try {
    result = await admit(request, requestId, tools, now);
  } catch (error) {
    // The name alone: a message can quote what was being read.
    result = no({ kind: 'internal', why: error instanceof Error ? error.name : 'unknown' });
  }
  if (result.ok) return result.value;
  const host = readHostTenant(request.headers, tools.settings.domain);
  tools.log(refusalLine(result.reason, requestId, host.ok ? host.value.tenantId : undefined));
  const cors = corsHeadersAt(request.uri, onlyValue(request.headers, 'origin'), tools.settings.consoleOrigin);
  return toCloudFrontAnswer(result.reason, wireOf(request.uri), requestId, cors);
}

/**
 * The order is a promise to clients: authentic (401), of this tenant (403), tenant active (403), route (404, 405). Each
 * step may tell only what the caller has earned by passing the one before: who has no credential of this tenant does
 * not learn whether the tenant exists, who has one learns that it is suspended.
 */
async function admit(
  request: CloudFrontRequest,
  requestId: string,
  tools: Tools,
  now: number,
): Promise<Result<CloudFrontRequest, Refusal>> {
  const { settings } = tools;
  const host = readHostTenant(request.headers, settings.domain);
  if (!host.ok) return host;
  const presented = readCredentials(request.headers);
  if (!presented.ok) return presented;
  const verified = await verifyCredentials(presented.value, { ...tools, issuer: settings.issuer }, now);
  const caller = bindCredentials(verified, presented.value, host.value.tenantId);
  if (!caller.ok) return caller;
  const inactive = refuseInactive(host.value, caller.value);
  if (inactive) return no(inactive);
  const route = matchRoute(request.method, request.uri);
  if (!route.ok) return route;
  const { name, method, model } = route.value;
  const page = name === 'models' ? parsePage(request.querystring) : ok(undefined);
  if (!page.ok) return page;
  const region = chooseRegion(host.value, settings.controlRegion, settings.regions);
  if (!region.ok) return region;
  const secrets = await tools.readSecrets(now);
  if (!secrets) return no({ kind: 'edge_not_ready', what: 'secrets' });
  const keySha256 = digestApiKey(presented.value);
  const passport = sealPassport(
    {
      requestId,
      caller: caller.value,
      ...(keySha256 === undefined ? {} : { keySha256 }),
      route: name,
      method,
      ...(model === undefined ? {} : { model }),
      ...(page.value === undefined ? {} : { page: page.value }),
      region: region.value,
      expiresAt: now + PASSPORT_LIFE_MS,
    },
    secrets.passport.kid,
    secrets.passport.privateKey,
  );
  const forwarded = toRegionRequest(request, passport, host.value.tenantId, region.value, settings.domain);
  return forwarded ? ok(forwarded) : no({ kind: 'internal', why: 'the configured origin is no custom origin' });
}
