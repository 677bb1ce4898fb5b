import type { CloudFrontHeaders, CloudFrontRequest } from 'aws-lambda';
import { originDomain, type Region } from '../../tenancy/region.ts';
import { ORIGIN_PATH } from '../../tenancy/route.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { type Trace, traceHeaders } from '../../tenancy/trace.ts';
import { PASSPORT_HEADER } from '../passport.ts';

/**
 * All that a region gets of a client's headers: what it reads, and what CloudFront forbids to remove in this place
 * (from `accept-encoding` on). A list of what may pass: credentials, cookies, every spelling of our own `x-ar-*` and
 * whatever a client invents next stay behind without being named.
 */
const PASSED_ON = new Set([
  'accept',
  'anthropic-beta',
  'anthropic-version',
  'content-encoding',
  'content-type',
  'origin',
  'user-agent',
  // Not served, and to be refused there: dropped here in silence, a guardrail would be believed to hold.
  'x-amzn-bedrock-guardrailidentifier',
  'x-amzn-bedrock-guardrailversion',
  'x-amzn-bedrock-performanceconfig-latency',
  'x-amzn-bedrock-service-tier',
  'x-amzn-bedrock-trace',
  'x-claude-code-agent-id',
  'x-claude-code-parent-agent-id',
  'x-claude-code-session-id',
  'x-forwarded-for',
  'accept-encoding',
  'content-length',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
  'transfer-encoding',
  'via',
]);

/**
 * The request as the region gets it: one fixed path, no query, no credential, the sealed passport instead; of its trace
 * what was well-formed, written anew.
 * Port, protocol and time limits stay those of the configured origin. Null when that is no custom origin.
 */
export function toRegionRequest(
  request: CloudFrontRequest,
  passport: string,
  tenant: TenantId,
  trace: Trace,
  region: Region,
  domain: string,
): CloudFrontRequest | null {
  const custom = request.origin?.custom;
  if (!custom) return null;
  const domainName = originDomain(region, domain);
  const headers: CloudFrontHeaders = {};
  for (const [name, values] of Object.entries(request.headers)) if (PASSED_ON.has(name)) headers[name] = values;
  headers['host'] = [{ key: 'Host', value: domainName }];
  headers[PASSPORT_HEADER] = [{ key: PASSPORT_HEADER, value: passport }];
  for (const [key, value] of Object.entries(traceHeaders(trace, tenant))) headers[key] = [{ key, value }];
  return { ...request, uri: ORIGIN_PATH, querystring: '', headers, origin: { custom: { ...custom, domainName } } };
}
