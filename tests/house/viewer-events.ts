import type { ViewerEvent } from '../../local/cloudfront/viewer-runtime.ts';
import { mintApiKey } from '../../tenancy/api-key.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';

export const TEST_REQUEST_ID = '4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==';

/** What a test wants of a viewer request; a header's values in the order of arrival. */
export type EventWishes = {
  readonly host?: string;
  readonly method?: string;
  readonly uri?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
};

/** The event that CloudFront gives a viewer-request function: by default acme's developer, with a token. */
export function viewerEvent({
  host = 'acme.proxy.localhost',
  method = 'POST',
  uri,
  headers,
}: EventWishes): ViewerEvent {
  const fields = Object.entries({ host, ...(headers ?? { authorization: 'Bearer some.access.token' }) });
  return {
    version: '1.0',
    context: {
      distributionDomainName: 'd111111abcdef8.cloudfront.net',
      distributionId: 'EDFDVBD6EXAMPLE',
      eventType: 'viewer-request',
      requestId: TEST_REQUEST_ID,
    },
    viewer: { ip: '127.0.0.1' },
    request: {
      method,
      uri: uri ?? '/v1/messages',
      querystring: {},
      headers: Object.fromEntries(fields.map(([name, value]) => [name, headerField(value)])),
      cookies: {},
    },
  };
}

/** A key of the right shape and checksum; its MAC is nobody's. */
export function wholeKey(tenant: string, salt = ''): string {
  const id = parseTenantId(tenant);
  if (!id) throw new Error(`${tenant} is no tenant id`);
  const keyId = `Kd${salt}00000000`.slice(0, 10);
  return mintApiKey(id, keyId, 's'.repeat(32), (text) => Uint8Array.from({ length: 8 }, (_, i) => text.length * i));
}

function headerField(value: string | readonly string[]): { value: string; multiValue?: { value: string }[] } {
  if (typeof value === 'string') return { value };
  return { value: value[0] ?? '', multiValue: value.map((one) => ({ value: one })) };
}
