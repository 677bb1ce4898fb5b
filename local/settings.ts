import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What a person may choose about the platform on this machine. */
export type LocalSettings = {
  /** Port of the emulated CloudFront; 0 takes any free one. */
  readonly port: number;
  /** Where everything that must survive a restart is kept. */
  readonly folder: string;
  readonly reset: boolean;
  /** `aws`: the real Bedrock with the user's own AWS credentials. */
  readonly bedrock: 'stand-in' | 'aws';
  /** Given from outside, they replace the stand-ins (plain http, HTTP/1.1). */
  readonly bedrockEndpoint?: string;
  readonly stsEndpoint?: string;
  /** A key of Stripe's test mode; without one the stand-in is used. */
  readonly stripeApiKey?: string;
  /** What the events of that account are signed with: `stripe listen` says it. */
  readonly stripeWebhookSecret?: string;
  /** How the emulated Lambda runs: as Lambda does, or many requests per process, for load. */
  readonly mode: 'isolated' | 'shared';
  /** In memory they are gone when the platform stops, and a slow disk is not waited for. */
  readonly tables: 'disk' | 'memory';
  /** How often requests of dead processes are settled. */
  readonly sweepSeconds: number;
  /** Life of the access tokens of people, in seconds. */
  readonly tokenSeconds: number;
};

/** Half of what Cognito allows at most: a working day on a laptop. */
const HALF_A_DAY = 12 * 3600;

/** A mistake of the person at the keyboard: shown as one line, without a stack. */
export class StartError extends Error {}

export const USAGE = `usage: npm start -- [--reset] [--help]

  --reset   forget all local data (tenants, keys, ledger, lake) and seed again

  PORT=4000                             port of the tenants' hostnames
  LOCAL_DATA=.local                     folder of all local data
  LAMBDA_MODE=isolated|shared           one request per process as on AWS, or many (for load)
  LOCAL_TABLES=disk|memory              where the tables are; in memory they end with the platform (for load)
  SWEEP_SECONDS=60                      how often requests whose process has died are settled
  TOKEN_SECONDS=43200                   life of people's access tokens, to see one refreshed
  BEDROCK=aws                           the real Amazon Bedrock, with your own AWS credentials
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME=URL  another Bedrock than the stand-in (http, HTTP/1.1)
  AWS_ENDPOINT_URL_STS=URL              another STS than the stand-in (http, HTTP/1.1)
  STRIPE_API_KEY=sk_test_...            the test mode of your own Stripe account, in place of the stand-in
  STRIPE_WEBHOOK_SECRET=whsec_...       what that account's events are signed with (from: stripe listen)`;

/** @throws StartError naming the setting and what it may be */
export function readSettings(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  repository: string,
): LocalSettings | 'help' {
  let flags: { reset?: boolean; help?: boolean };
  try {
    flags = parseArgs({
      args: [...args],
      options: { reset: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message.split('. ')[0] : error}; see npm start -- --help`);
  }
  if (flags.help) return 'help';
  const bedrock = oneOf('BEDROCK', env['BEDROCK'], ['stand-in', 'aws']);
  const bedrockEndpoint = endpoint('AWS_ENDPOINT_URL_BEDROCK_RUNTIME', env);
  const stsEndpoint = endpoint('AWS_ENDPOINT_URL_STS', env);
  if (bedrock === 'aws' && bedrockEndpoint) {
    throw new StartError('BEDROCK=aws and AWS_ENDPOINT_URL_BEDROCK_RUNTIME name two Bedrocks; unset one');
  }
  return {
    port: port(env['PORT'] || '4000'),
    folder: resolve(repository, (env['LOCAL_DATA'] || '.local').replace(/^~(?=\/|$)/, homedir())),
    reset: flags.reset === true,
    bedrock,
    mode: oneOf('LAMBDA_MODE', env['LAMBDA_MODE'], ['isolated', 'shared']),
    tables: oneOf('LOCAL_TABLES', env['LOCAL_TABLES'], ['disk', 'memory']),
    sweepSeconds: seconds('SWEEP_SECONDS', env['SWEEP_SECONDS'] || '60', 9_999),
    tokenSeconds: seconds('TOKEN_SECONDS', env['TOKEN_SECONDS'] || String(HALF_A_DAY), 86_400),
    ...(bedrockEndpoint ? { bedrockEndpoint } : {}),
    ...(stsEndpoint ? { stsEndpoint } : {}),
    ...stripe(env),
  };
}

/** A live key would send a laptop's figures to real customers. */
function stripe(env: NodeJS.ProcessEnv): Pick<LocalSettings, 'stripeApiKey' | 'stripeWebhookSecret'> {
  const { STRIPE_API_KEY: key, STRIPE_WEBHOOK_SECRET: secret } = env;
  if (key && !/^[sr]k_test_/.test(key))
    throw new StartError('STRIPE_API_KEY is no key of the test mode; use one that begins with sk_test_');
  if (secret && !key)
    throw new StartError('STRIPE_WEBHOOK_SECRET is of an account of your own; set STRIPE_API_KEY too');
  return { ...(key ? { stripeApiKey: key } : {}), ...(secret ? { stripeWebhookSecret: secret } : {}) };
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535) throw new StartError(`PORT=${text} is no port; use 0 to 65535`);
  return number;
}

function seconds(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number === 0 || number > most) {
    throw new StartError(`${name}=${text} is no number of seconds; use 1 to ${most}`);
  }
  return number;
}

function oneOf<const Choice extends string>(
  name: string,
  text: string | undefined,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const choice = text ? choices.find((one) => one === text) : choices[0];
  if (!choice) throw new StartError(`${name}=${text} is not known; use ${choices.join(' or ')}`);
  return choice;
}

function endpoint(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const text = env[name];
  if (!text) return undefined;
  if (!URL.canParse(text) || new URL(text).protocol !== 'http:')
    throw new StartError(`${name}=${text} is no URL; use http://host:port`);
  return text.replace(/\/$/, '');
}
