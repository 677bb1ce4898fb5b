import { expect, test } from 'vitest';
import { readSettings, StartError } from './settings.ts';

const read = (env: NodeJS.ProcessEnv, args: string[] = []) => readSettings(args, env, '/repository');

test('an empty setting is an unset one', () => {
  const defaults = {
    port: 4000,
    folder: '/repository/.local',
    reset: false,
    bedrock: 'stand-in',
    mode: 'isolated',
    tables: 'disk',
    sweepSeconds: 60,
    tokenSeconds: 43_200,
  };
  expect(read({})).toEqual(defaults);
  expect(
    read({ PORT: '', LOCAL_DATA: '', BEDROCK: '', LAMBDA_MODE: '', LOCAL_TABLES: '', AWS_ENDPOINT_URL_STS: '' }),
  ).toEqual(defaults);
});

test('what is given is taken, a closing slash apart', () => {
  const env = {
    PORT: '0',
    LOCAL_DATA: '/data',
    LOCAL_TABLES: 'memory',
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1/',
    LAMBDA_MODE: 'shared',
  };
  expect(read(env, ['--reset'])).toEqual({
    port: 0,
    folder: '/data',
    reset: true,
    bedrock: 'stand-in',
    mode: 'shared',
    tables: 'memory',
    sweepSeconds: 60,
    tokenSeconds: 43_200,
    stsEndpoint: 'http://127.0.0.1:1',
  });
  expect(read({}, ['--help'])).toBe('help');
});

test.each([
  [{ PORT: '65536' }, /^PORT=65536 is no port/],
  [{ PORT: '-1' }, /^PORT=-1 is no port/],
  [{ BEDROCK: 'azure' }, /^BEDROCK=azure is not known; use stand-in or aws/],
  [{ LOCAL_TABLES: 'ram' }, /^LOCAL_TABLES=ram is not known; use disk or memory/],
  [{ TOKEN_SECONDS: '86401' }, /^TOKEN_SECONDS=86401 is no number of seconds; use 1 to 86400/],
  [{ LAMBDA_MODE: 'fast' }, /^LAMBDA_MODE=fast is not known; use isolated or shared/],
  [{ AWS_ENDPOINT_URL_STS: 'localhost' }, /^AWS_ENDPOINT_URL_STS=localhost is no URL/],
  // Both ends of the wire are this machine's: the functions speak plain HTTP/1.1 to a stand-in's replacement.
  [{ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'https://bedrock.example' }, /use http:\/\/host:port/],
  [{ STRIPE_API_KEY: 'sk_live_x' }, /^STRIPE_API_KEY is no key of the test mode/],
  [{ STRIPE_WEBHOOK_SECRET: 'whsec_x' }, /set STRIPE_API_KEY too/],
  [{ BEDROCK: 'aws', AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:1' }, /name two Bedrocks; unset one/],
])('a wrong setting is named, with the way out: %j', (env, message) => {
  expect(() => read(env)).toThrow(StartError);
  expect(() => read(env)).toThrow(message);
});

test('a key of Stripe’s test mode takes the place of its stand-in', () => {
  expect(read({ STRIPE_API_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: 'whsec_x' })).toMatchObject({
    stripeApiKey: 'sk_test_x',
    stripeWebhookSecret: 'whsec_x',
  });
});
