import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type LocalSettings, StartError } from './settings.ts';

/** What the thread is told. */
export type UpstreamSettings = Pick<LocalSettings, 'bedrock' | 'bedrockEndpoint' | 'stsEndpoint'> & {
  readonly logFolder: string;
  readonly lakeFolder: string;
};

/** Sent to the thread: it ends when all that it still holds is written. */
export const CLOSE = 'close';

export type Connected = {
  /** What the regional functions are told: endpoints where AWS's own are not meant, and the role to assume. */
  readonly env: Readonly<Record<string, string>>;
  /** What the control plane is told: the role that walls a tenant's callers in. */
  readonly controlEnv: Readonly<Record<string, string>>;
  readonly standIns: Readonly<Record<'bedrock' | 'sts', { readonly url: string; readonly log: string }>>;
};

/** What the thread says, once. */
export type UpstreamReply = Connected | { readonly cannotStart: string };

export type Upstream = Connected & {
  /** Resolves with the reason when the stand-ins end by themselves. */
  readonly died: Promise<Error>;
  close(): Promise<void>;
};

/**
 * STS and Bedrock, whoever they are: the stand-ins; others named from outside; or, with BEDROCK=aws, the real Bedrock,
 * for which the STS stand-in lends the user's own credentials, so that no role has to exist in his account.
 * They have a thread of their own: a model's hundred streams must not hold up the gateways of this one.
 * @throws StartError
 */
export async function openUpstream(settings: LocalSettings, logFolder: string, lakeFolder: string): Promise<Upstream> {
  const { bedrock, bedrockEndpoint, stsEndpoint } = settings;
  const workerData: UpstreamSettings = {
    bedrock,
    logFolder,
    lakeFolder,
    ...(bedrockEndpoint ? { bedrockEndpoint } : {}),
    ...(stsEndpoint ? { stsEndpoint } : {}),
  };
  const thread = new Worker(new URL('upstream-thread.ts', import.meta.url), { workerData });
  const [reply] = (await once(thread, 'message')) as [UpstreamReply];
  if ('cannotStart' in reply) {
    await thread.terminate();
    throw new StartError(reply.cannotStart);
  }
  const died = new Promise<Error>((resolve) => {
    thread.once('error', resolve);
    thread.once('exit', () => resolve(new Error('the stand-ins of STS and Bedrock ended')));
  });
  return {
    ...reply,
    died,
    close: async () => {
      thread.postMessage(CLOSE);
      await died;
    },
  };
}
