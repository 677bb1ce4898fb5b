import { AssumeRoleCommand, type AssumeRoleCommandInput, type STSClient } from '@aws-sdk/client-sts';
import type { Region } from '../../tenancy/region.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';

/** Credentials of one tenant's session. `expiresAt` in ms since the epoch. */
export type TenantCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: number;
};

/** The role whose policy lets a session at its own tenant's keys and at no others. */
export type TenantRole = { readonly arn: string; readonly externalId: string };

const DURATION_SECONDS = 3_600;
const REFRESH_MS = 5 * 60_000;
const MAX_KEPT = 100;

/** The request to STS. The tag is what the role's policy compares keys with: it comes from a verified token, never from an input. */
export function tenantSessionInput({ arn, externalId }: TenantRole, tenantId: TenantId): AssumeRoleCommandInput {
  return {
    RoleArn: arn,
    ExternalId: externalId,
    RoleSessionName: `graphql.${tenantId}`,
    DurationSeconds: DURATION_SECONDS,
    Tags: [{ Key: 'tenant_id', Value: tenantId }],
  };
}

/** @throws the SDK's error, also when the answer has no credentials in it */
export async function assumeTenantRole(
  sts: STSClient,
  role: TenantRole,
  tenantId: TenantId,
): Promise<TenantCredentials> {
  const { Credentials: got } = await sts.send(new AssumeRoleCommand(tenantSessionInput(role, tenantId)));
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = got ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    throw new TypeError('AssumeRole answered without credentials');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt: Expiration.getTime(),
  };
}

type Kept = {
  readonly credentials: Promise<TenantCredentials>;
  readonly tables: Map<Region, Tables>;
  freshUntil: number;
};

/**
 * Tables that a tenant's own session opens, kept for as long as it lasts; STS is asked once for each tenant and hour.
 * @param open binds the tables of a region to credentials
 */
export function keepTenantTables(
  assume: (tenantId: TenantId) => Promise<TenantCredentials>,
  open: (region: Region, credentials: TenantCredentials) => Tables,
  now: () => number,
): (tenantId: TenantId, region: Region) => Promise<Tables> {
  const kept = new Map<TenantId, Kept>();
  const begin = (tenantId: TenantId): Kept => {
    const credentials = assume(tenantId);
    // Until STS has answered, everybody waits for the one answer.
    const session: Kept = { credentials, tables: new Map(), freshUntil: Number.POSITIVE_INFINITY };
    credentials.then(
      ({ expiresAt }) => {
        session.freshUntil = expiresAt - REFRESH_MS;
      },
      // A failure is nobody's but of those who waited for it.
      () => {
        if (kept.get(tenantId) === session) kept.delete(tenantId);
      },
    );
    return session;
  };
  return async (tenantId, region) => {
    const known = kept.get(tenantId);
    const session = known && now() < known.freshUntil ? known : begin(tenantId);
    kept.delete(tenantId);
    kept.set(tenantId, session);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    const credentials = await session.credentials;
    const tables = session.tables.get(region) ?? open(region, credentials);
    session.tables.set(region, tables);
    return tables;
  };
}
