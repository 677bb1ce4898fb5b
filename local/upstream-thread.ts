import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { startBedrock } from './bedrock.ts';
import { FUNCTION_KEYS, FUNCTION_ROLE } from './functions.ts';
import { StartError } from './settings.ts';
import { BEDROCK_TAGS, type Role } from './sts/assume-role.ts';
import { type LentCredentials, startSts } from './sts.ts';
import { CLOSE, type Connected, type UpstreamReply, type UpstreamSettings } from './upstream.ts';

/** The thread's own side of `upstream.ts`: says once how the stand-ins are reached, or why they are not. */
const BEDROCK_ROLE = 'arn:aws:iam::222222222222:role/agent-runner-local-bedrock';
const TENANT_ROLE = 'arn:aws:iam::111111111111:role/agent-runner-local-tenant';
const EXTERNAL_ID = 'agent-runner-local';

async function connect({ bedrock: which, logFolder, lakeFolder, ...endpoints }: UpstreamSettings): Promise<Connected> {
  const logs = { bedrock: join(logFolder, 'bedrock.log'), sts: join(logFolder, 'sts.log') };
  const trusted = { externalId: EXTERNAL_ID, trusts: [FUNCTION_ROLE] };
  const roles = new Map<string, Role>([
    [BEDROCK_ROLE, { ...trusted, tags: BEDROCK_TAGS }],
    [TENANT_ROLE, { ...trusted, tags: ['tenant_id'] }],
  ]);
  const accounts = new Map([
    [FUNCTION_KEYS.accessKeyId, { secretAccessKey: FUNCTION_KEYS.secretAccessKey, arn: FUNCTION_ROLE }],
  ]);
  const lend = which === 'aws' && !endpoints.stsEndpoint ? await ownCredentials() : undefined;
  const sts = await startSts({ accounts, roles, log: logs.sts, ...(lend ? { lend } : {}) });
  // Sessions are checked against those that our STS made: the two stand-ins share the thread for it.
  const sessions = endpoints.stsEndpoint ? {} : { sessions: sts.sessions };
  const bedrock = await startBedrock({ log: logs.bedrock, lake: lakeFolder, ...sessions });
  parentPort?.on('message', (message) => {
    if (message !== CLOSE) return;
    void Promise.all([bedrock.close(), sts.close()]).finally(() => process.exit());
  });
  const stsUrl = endpoints.stsEndpoint ?? sts.url;
  const bedrockUrl = endpoints.bedrockEndpoint ?? bedrock.url;
  return {
    env: {
      BEDROCK_ROLE_ARN: BEDROCK_ROLE,
      BEDROCK_EXTERNAL_ID: EXTERNAL_ID,
      AWS_ENDPOINT_URL_STS: stsUrl,
      ...(which === 'aws' ? {} : { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrockUrl }),
    },
    controlEnv: {
      AWS_ENDPOINT_URL_STS: stsUrl,
      TENANT_ROLE_ARN: TENANT_ROLE,
      TENANT_ROLE_EXTERNAL_ID: EXTERNAL_ID,
    },
    standIns: { bedrock: { url: bedrockUrl, log: logs.bedrock }, sts: { url: stsUrl, log: logs.sts } },
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

try {
  parentPort?.postMessage((await connect(workerData as UpstreamSettings)) satisfies UpstreamReply);
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  parentPort?.postMessage({ cannotStart: error.message } satisfies UpstreamReply);
}
