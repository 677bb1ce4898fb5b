import { expect, it } from 'vitest';
import { readEnvironment } from './function-environment.ts';

const TOLD = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIA',
  AWS_SECRET_ACCESS_KEY: 'secret',
  DIRECTORY_TABLE: 'directory',
  LEDGER_TABLE: 'ledger',
};
const read = (env: Readonly<Record<string, string | undefined>>) => readEnvironment('edge/some', env, () => 0);

it.each(Object.keys(TOLD))('without %s a function does not start, and says what is missing', (name) => {
  const why = `edge/some: the environment variable ${name} is not set`;
  expect(() => read({ ...TOLD, [name]: undefined })).toThrow(why);
  expect(() => read({ ...TOLD, [name]: '' })).toThrow(why);
});

it('has the session of the role, where Lambda gives one', () => {
  expect(read(TOLD).credentials).toEqual({ accessKeyId: 'AKIA', secretAccessKey: 'secret' });
  expect(read({ ...TOLD, AWS_SESSION_TOKEN: 'session' }).credentials).toMatchObject({ sessionToken: 'session' });
});

it('knows an address by the service, and else by the one for all', () => {
  expect(read(TOLD).endpoint('S3')).toBeUndefined();
  const env = { ...TOLD, AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:2' };
  expect([read(env).endpoint('S3'), read(env).endpoint('SESV2')]).toEqual(['http://127.0.0.1:2', 'http://127.0.0.1:1']);
});

it('calls the tables of a region as who is asked for, and else as itself', () => {
  const { lineTo } = read({ ...TOLD, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:3' });
  const signedBy = (as?: { accessKeyId: string; secretAccessKey: string }) => {
    const { headers, port } = lineTo('us-east-1', as).call('DynamoDB_20120810.GetItem', '{}');
    return [
      port,
      /Credential=([^/]+)\/\d+\/([^/]+)/.exec(String(new Headers(headers as never).get('authorization')))?.slice(1),
    ];
  };
  expect(signedBy()).toEqual([3, ['AKIA', 'us-east-1']]);
  expect(signedBy({ accessKeyId: 'TENANT', secretAccessKey: 'x' })).toEqual([3, ['TENANT', 'us-east-1']]);
});
