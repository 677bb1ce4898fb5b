import { randomBytes } from 'node:crypto';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { isConsoleOrigin } from '../../tenancy/cors.ts';
import { isRegion } from '../../tenancy/region.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { assumeRole, keepSessions } from './assume.ts';
import { makeFairShare } from './fair-share.ts';
import { keepDirectory } from './keep-directory.ts';
import { type ProxyEvent, toRequest, toResponseStream } from './lambda-adapter.ts';
import { keepLearntBetas } from './learnt-betas.ts';
import { errorPlace, logLine } from './log.ts';
import { keepPassportKeys } from './passport-keys.ts';
import { PATIENCE } from './patience.ts';
import { type ServeDeps, serve } from './serve.ts';
import { watchStops } from './stop-watch.ts';
import { tableStores } from './table-stores.ts';
import { keepSpending } from './usage-self.ts';

const { setting, region, endpoint, lineTo, tablesOver } = readEnvironment('edge/region', process.env, Date.now);
if (!isRegion(region)) throw new Error(`edge/region: ${region} is no region of the platform`);
const role = { arn: setting('BEDROCK_ROLE_ARN'), externalId: setting('BEDROCK_EXTERNAL_ID') };
const consoleOrigin = setting('CONSOLE_ORIGIN');
if (!isConsoleOrigin(consoleOrigin)) throw new Error('edge/region: CONSOLE_ORIGIN is no origin of a console');
const silenceSeconds = Number(process.env['UPSTREAM_SILENCE_SECONDS'] || PATIENCE.silenceMs / 1000);
if (!(silenceSeconds > 0)) throw new Error('edge/region: UPSTREAM_SILENCE_SECONDS is no number of seconds');

const bedrockEndpoint = endpoint('BEDROCK_RUNTIME');

/** HTTP/1.1 with kept connections; the SDK's 50 sockets would queue the fifty-first stream behind minutes of answers. */
const agent = { keepAlive: true, maxSockets: 10_000 };
/** Said outright, these need no look into files and environment at the first call. */
const common = { region, defaultsMode: 'standard', retryMode: 'standard' } as const;

const quick = new NodeHttpHandler({
  httpAgent: agent,
  httpsAgent: agent,
  connectionTimeout: 1_000,
  requestTimeout: 1_400,
  throwOnRequestTimeout: true,
});
const sts = new STSClient({ ...common, requestHandler: quick, maxAttempts: 2 });

const dynamoDb = lineTo(region);
const reading = tablesOver(dynamoDb, { attempts: 3, timeoutMs: 1_400 });
/** What may be tried only once is given as long as the tries of the others together: a cold start is slow, not broken. */
const once = tablesOver(dynamoDb, { attempts: 1, timeoutMs: 4_000 });
const stores = tableStores(reading, once, region);

/** Bedrock may think for minutes before its first byte; how long is too long is `Patience`'s to say. */
const patient = new NodeHttpHandler({
  httpAgent: agent,
  httpsAgent: agent,
  connectionTimeout: 3_000,
  requestTimeout: 0,
  socketTimeout: 0,
});

// Not the console: its prefix would make the line unreadable as a metric.
const emit = (line: string): void => void process.stdout.write(`${line}\n`);

const deps: ServeDeps = {
  region,
  consoleOrigin,
  bedrockRole: role,
  stores,
  ...keepDirectory(stores),
  ...keepSpending(stores),
  watchStops: watchStops(stores, region),
  fairShare: makeFairShare(stores),
  learntBetas: keepLearntBetas(stores, (error) => emit(logLine({ event: 'betas_unknown', why: errorPlace(error) }))),
  passportKey: keepPassportKeys(stores.passportKey),
  assume: keepSessions(
    (session) => assumeRole(sts, role, session),
    (credentials) =>
      new BedrockRuntimeClient({
        ...common,
        credentials,
        requestHandler: patient,
        ...(bedrockEndpoint ? { endpoint: bedrockEndpoint } : {}),
      }),
  ),
  patience: { ...PATIENCE, silenceMs: silenceSeconds * 1000 },
  now: Date.now,
  mintRequestId: () => mintRequestId(Date.now(), randomBytes(10)),
  emit,
};

export const handler = awslambda.streamifyResponse<ProxyEvent>((event, stream) =>
  serve(
    toRequest(event),
    toResponseStream(stream, (out, prelude) => awslambda.HttpResponseStream.from(out, prelude)),
    deps,
  ),
);
