import { type KeyObject, sign, verify } from 'node:crypto';
import { type Caller, parseCaller } from '../tenancy/caller.ts';
import { type Page, readPage } from '../tenancy/page.ts';
import { isRegion, type Region } from '../tenancy/region.ts';
import { isRequestId } from '../tenancy/request-id.ts';
import { no, ok, type Result } from '../tenancy/result.ts';
import { isModelId, isRouteName, methodOfRoute, namesModel, type RouteName } from '../tenancy/route.ts';

/** What edge/origin has verified and edge/region may believe: for one request, on one route, in one region, for 30 seconds. */
export type Passport = {
  readonly requestId: string;
  readonly caller: Caller;
  /**
   * Hex SHA-256 of the API key that was presented, with an API key and only then: the key itself is dropped at the edge,
   * and whether it is still live is decided behind it by this digest.
   */
  readonly keySha256?: string;
  readonly route: RouteName;
  readonly method: string;
  /** What the path names as the model, decoded; with a route that names one and only then. */
  readonly model?: string;
  /** Which part of the list is asked for; with the route `models` alone. */
  readonly page?: Page;
  readonly region: Region;
  /** ms since the epoch. */
  readonly expiresAt: number;
};

export const PASSPORT_HEADER = 'x-ar-passport';
export const PASSPORT_LIFE_MS = 30_000;
/** Two machines' clocks differ; a passport may look this much too young. */
const CLOCK_SKEW_MS = 5_000;

/**
 * Seals a passport: `<kid>.<payload>.<signature>`, base64url, Ed25519 over everything before the last dot.
 * Only the edge holds the private key, so no region can mint.
 */
export function sealPassport(passport: Passport, kid: string, privateKey: KeyObject): string {
  const sealed = `${kid}.${Buffer.from(JSON.stringify(passport)).toString('base64url')}`;
  return `${sealed}.${sign(null, Buffer.from(sealed), privateKey).toString('base64url')}`;
}

/** The key that a passport claims to be signed with; null when it has not the shape of one. Believed only as a look-up. */
export function passportKeyId(token: string): string | null {
  return /^([A-Za-z0-9-]{1,32})\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/.exec(token)?.[1] ?? null;
}

/**
 * Opens a passport. Reasons for a no are for the log: the caller of a region directly is told nothing.
 * @param publicKey of the key id that `passportKeyId` told, from the platform's own list
 * @param expected the region and method that are serving this request: a passport is good for no other
 */
export function openPassport(
  token: string,
  publicKey: KeyObject,
  expected: { readonly region: Region; readonly method: string; readonly now: number },
): Result<Passport, string> {
  // The shape first: what follows a third dot would be covered by no signature.
  if (!passportKeyId(token)) return no('has not the shape of a passport');
  const [kid = '', payload = '', signature = ''] = token.split('.');
  if (!verify(null, Buffer.from(`${kid}.${payload}`), publicKey, Buffer.from(signature, 'base64url')))
    return no('signature does not verify');
  const passport = parsePassport(Buffer.from(payload, 'base64url').toString());
  if (!passport) return no('payload is not a passport');
  if (passport.region !== expected.region) return no(`made for ${passport.region}`);
  if (passport.method !== expected.method) return no(`made for method ${passport.method}`);
  if (passport.expiresAt <= expected.now) return no('expired');
  if (passport.expiresAt > expected.now + PASSPORT_LIFE_MS + CLOCK_SKEW_MS) return no('lives longer than any we mint');
  return ok(passport);
}

function parsePassport(json: string): Passport | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Record<string, unknown>;
  const { requestId, caller: claimed, keySha256, route, region, expiresAt } = fields;
  const caller = parseCaller(claimed);
  if (!caller || !isRequestId(requestId) || !isRouteName(route) || !isRegion(region)) return null;
  if (typeof expiresAt !== 'number' || !Number.isSafeInteger(expiresAt)) return null;
  const asked = readAsked(route, fields);
  if (!asked) return null;
  const passport = { requestId, caller, ...asked, region, expiresAt };
  if (caller.callerType !== 'api_key') return keySha256 === undefined ? passport : null;
  return typeof keySha256 === 'string' && /^[0-9a-f]{64}$/.test(keySha256) ? { ...passport, keySha256 } : null;
}

/** What is asked for. Route, method, model and page must agree, or what was admitted as one thing could be served as another. */
function readAsked(
  route: RouteName,
  fields: Record<string, unknown>,
): Pick<Passport, 'route' | 'method' | 'model' | 'page'> | null {
  const { model, page: claimed } = fields;
  const method = methodOfRoute(route);
  if (fields['method'] !== method) return null;
  if (namesModel(route)) return isModelId(model) && claimed === undefined ? { route, method, model } : null;
  if (model !== undefined) return null;
  if (claimed === undefined) return { route, method };
  const page = route === 'models' ? readPage(claimed) : null;
  return page && { route, method, page };
}
