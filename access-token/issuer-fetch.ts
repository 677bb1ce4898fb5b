import { type FetchJson, fetchJson, fetchJsonBy } from './fetch-json.ts';
import { isPublicAddress } from './public-address.ts';
import { lookUpBy, type ResolveName } from './public-lookup.ts';

/**
 * The one way to what tenants' issuers publish: to public addresses alone, but for the origins that the platform's operator
 * has named as issuers on its own network. Those are exact, scheme, host and port: nothing else on that network is reached.
 */
export function fetchFromIssuers(resolve: ResolveName, internalIssuers: readonly string[]): FetchJson {
  const fetchPublic = fetchJsonBy(lookUpBy(resolve, isPublicAddress));
  return (request) =>
    internalIssuers.includes(new URL(request.url).origin) ? fetchJson(request) : fetchPublic(request);
}
