import { join } from 'node:path';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { startBedrock } from './bedrock.ts';
import { FUNCTION_KEYS, FUNCTION_ROLE } from './functions.ts';
import { type LocalSettings, StartError } from './settings.ts';
import { type LentCredentials, startSts } from './sts.ts';

const ROLE_ARN = 'arn:aws:iam::222222222222:role/agent-runner-local-bedrock';
const EXTERNAL_ID = 'agent-runner-local';

export type Upstream = {
  /** What the regional functions are told: endpoints where AWS's own are not meant, and the role to assume. */
  readonly env: Readonly<Record<string, string>>;
  readonly standIns: Readonly<Record<'bedrock' | 'sts', { readonly url: string; readonly log: string }>>;
  close(): Promise<void>;
};

/**
 * STS and Bedrock, whoever they are: the stand-ins; others named from outside; or, with BEDROCK=aws, the real Bedrock,
 * for which the STS stand-in lends the user's own credentials, so that no role has to exist in his account.
 */
export async function openUpstream(settings: LocalSettings, logFolder: string): Promise<Upstream> {
  const logs = { bedrock: join(logFolder, 'bedrock.log'), sts: join(logFolder, 'sts.log') };
  const roles = new Map([[ROLE_ARN, { externalId: EXTERNAL_ID, trusts: [FUNCTION_ROLE] }]]);
  const accounts = new Map([
    [FUNCTION_KEYS.accessKeyId, { secretAccessKey: FUNCTION_KEYS.secretAccessKey, arn: FUNCTION_ROLE }],
  ]);
  const lend = settings.bedrock === 'aws' && !settings.stsEndpoint ? await ownCredentials() : undefined;
  const sts = await startSts({ accounts, roles, log: logs.sts, ...(lend ? { lend } : {}) });
  const sessions = settings.stsEndpoint ? {} : { sessions: sts.sessions };
  const bedrock = await startBedrock({ log: logs.bedrock, ...sessions });
  const stsUrl = settings.stsEndpoint ?? sts.url;
  const bedrockUrl = settings.bedrockEndpoint ?? bedrock.url;
  return {
    env: {
      BEDROCK_ROLE_ARN: ROLE_ARN,
      BEDROCK_EXTERNAL_ID: EXTERNAL_ID,
      AWS_ENDPOINT_URL_STS: stsUrl,
      ...(settings.bedrock === 'aws' ? {} : { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrockUrl }),
    },
    standIns: { bedrock: { url: bedrockUrl, log: logs.bedrock }, sts: { url: stsUrl, log: logs.sts } },
    close: async () => {
      await Promise.all([sts.close(), bedrock.close()]);
    },
  };
}

/**
 * The user's own credentials, found as every AWS tool finds them (environment, profile, SSO).
 * @returns what to hand out at each AssumeRole, fresh when they come with an end
 * @throws StartError when there are none
 */
async function ownCredentials(): Promise<() => Promise<LentCredentials>> {
  const client = new STSClient({});
  const lend = async (): Promise<LentCredentials> => {
    const own = await client.config.credentials();
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = own;
    if (sessionToken) {
      const end = expiration?.getTime() ?? Date.now() + 15 * 60_000;
      return { accessKeyId, secretAccessKey, sessionToken, expiration: end };
    }
    // Long-lived keys have no session token, which whoever assumes a role expects: STS makes a session of them.
    const { Credentials: made } = await client.send(new GetSessionTokenCommand({}));
    if (!made?.AccessKeyId || !made.SecretAccessKey || !made.SessionToken || !made.Expiration) {
      throw new Error('STS answered GetSessionToken without credentials');
    }
    return {
      accessKeyId: made.AccessKeyId,
      secretAccessKey: made.SecretAccessKey,
      sessionToken: made.SessionToken,
      expiration: made.Expiration.getTime(),
    };
  };
  try {
    await lend();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`BEDROCK=aws needs your AWS credentials and a region (AWS_PROFILE, AWS_REGION): ${why}`);
  }
  return lend;
}
