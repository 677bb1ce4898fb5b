import { AssumeRoleCommand, type AssumeRoleCommandInput, type STSClient } from '@aws-sdk/client-sts';
import { type Caller, roleSessionName, sessionTags } from '../../tenancy/caller.ts';
import type { Region } from '../../tenancy/region.ts';

/** Credentials of one session. `expiresAt` in ms since the epoch. */
export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: number;
};

/** The role in the Bedrock account: `arn:aws:iam::<account>:role/<name>`. */
export type BedrockRole = { readonly arn: string; readonly externalId: string };

/** Under whose name, where, and with which one model Bedrock is called. */
export type Session = {
  readonly caller: Caller;
  readonly region: Region;
  /** An inference profile, by its id or its ARN, or the foundation model itself. */
  readonly bedrockModelId: string;
  readonly foundationModelId: string;
  /** It may count the tokens of a prompt, and nothing else. */
  readonly countsOnly?: true;
};

const DURATION_SECONDS = 3600;
const REFRESH_MS = 5 * 60_000;
/** A call must still be valid when it arrives; a stream that began with it may outlive it. */
const LAST_USE_MS = 30_000;
/** While STS fails, credentials that are still good are not held up by asking it for each request. */
const AFTER_FAILURE_MS = 15_000;
const MAX_KEPT = 1_000;

/** The request to STS: who is calling goes in as tags, what may be called as the session's policy. */
export function assumeRoleInput(role: BedrockRole, session: Session): AssumeRoleCommandInput {
  return {
    RoleArn: role.arn,
    ExternalId: role.externalId,
    RoleSessionName: roleSessionName(session.caller),
    // The longest that STS gives to a role assumed by a role.
    DurationSeconds: DURATION_SECONDS,
    Tags: sessionTags(session.caller, session.region),
    Policy: JSON.stringify(sessionPolicy(role, session)),
  };
}

/**
 * Leaves a session one model. A profile needs the permission on itself and on its foundation model wherever it may
 * run, a global one also on the model without a region; on those only by way of this profile.
 */
function sessionPolicy(role: BedrockRole, { region, bedrockModelId, foundationModelId, countsOnly }: Session) {
  const [, partition = 'aws', , , account = ''] = role.arn.split(':');
  const invoke = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];
  const Action = countsOnly ? ['bedrock:CountTokens'] : invoke;
  if (bedrockModelId === foundationModelId) {
    const Resource = `arn:${partition}:bedrock:${region}::foundation-model/${foundationModelId}`;
    return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] };
  }
  const profile = bedrockModelId.startsWith('arn:')
    ? bedrockModelId
    : `arn:${partition}:bedrock:${region}:${account}:inference-profile/${bedrockModelId}`;
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action, Resource: profile },
      {
        Effect: 'Allow',
        Action,
        Resource: [
          `arn:${partition}:bedrock:*::foundation-model/${foundationModelId}`,
          `arn:${partition}:bedrock:::foundation-model/${foundationModelId}`,
        ],
        Condition: { StringEquals: { 'bedrock:InferenceProfileArn': profile } },
      },
    ],
  };
}

/** Asks STS. @throws the SDK's error, also when the answer has no credentials in it */
export async function assumeRole(sts: STSClient, role: BedrockRole, session: Session): Promise<Credentials> {
  const { Credentials: got } = await sts.send(new AssumeRoleCommand(assumeRoleInput(role, session)));
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

/** Gives a client that signs as a session. @throws when there are no credentials for it and STS gives none */
export type Assume<Client> = (session: Session, now: number) => Promise<Client>;

/** What is kept of one session. */
type Kept<Client> = { client: Client; expiresAt: number; askAgainAt: number };

/**
 * Keeps one client per session: per tenant, identity, caller type, region and model, and never shares one between two.
 * Simultaneous requests of one session ask STS once. From 5 minutes before the end STS is asked anew; while it fails,
 * credentials serve until they end, and not a moment of anybody else's.
 */
export function keepSessions<Client>(
  ask: (session: Session) => Promise<Credentials>,
  clientOf: (credentials: Credentials) => Client,
): Assume<Client> {
  const kept = new Map<string, Kept<Client>>();
  const asking = new Map<string, Promise<Client>>();

  async function renew(key: string, session: Session): Promise<Client> {
    const credentials = await ask(session);
    const client = clientOf(credentials);
    kept.delete(key);
    kept.set(key, { client, expiresAt: credentials.expiresAt, askAgainAt: credentials.expiresAt - REFRESH_MS });
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return client;
  }

  return async (session, now) => {
    const { caller, region, bedrockModelId, countsOnly = false } = session;
    const { tenantId, identityId, callerType } = caller;
    const key = JSON.stringify([tenantId, identityId, callerType, region, bedrockModelId, countsOnly]);
    const have = kept.get(key);
    if (have && now < have.askAgainAt) return have.client;
    let asked = asking.get(key);
    if (!asked) {
      asked = renew(key, session).finally(() => asking.delete(key));
      asking.set(key, asked);
    }
    try {
      return await asked;
    } catch (error) {
      if (!have || now >= have.expiresAt - LAST_USE_MS) throw error;
      have.askAgainAt = now + AFTER_FAILURE_MS;
      return have.client;
    }
  };
}
