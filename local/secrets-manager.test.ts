import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SecretsManager, startSecretsManager } from './secrets-manager.ts';

const keys = { accessKeyId: 'AKIALOCALEDGE000001', secretAccessKey: 'edge-secret' };
const options = () => ({
  folder: mkdtempSync(join(tmpdir(), 'secrets-')),
  regions: ['eu-central-1', 'us-east-1'] as const,
  accessKeys: { [keys.accessKeyId]: keys.secretAccessKey },
});

let settings: ReturnType<typeof options>;
let secrets: SecretsManager;
beforeEach(async () => {
  settings = options();
  secrets = await startSecretsManager({ ...settings, regions: ['eu-central-1', 'us-east-1'] });
});
afterEach(async () => {
  await secrets.close();
  rmSync(settings.folder, { recursive: true });
});

async function ask(operation: string, input: object, sign: object = {}, sent?: string) {
  const client = new AwsClient({ ...keys, service: 'secretsmanager', region: 'eu-central-1', retries: 0, ...sign });
  const signed = await client.sign(secrets.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `secretsmanager.${operation}` },
    body: JSON.stringify(input),
  });
  const answer = await fetch(secrets.url, {
    method: 'POST',
    headers: signed.headers,
    body: sent ?? JSON.stringify(input),
  });
  return { status: answer.status, ...((await answer.json()) as Record<string, unknown>) };
}

it('gives the current and the previous version, by name and by ARN, in every region', async () => {
  expect(await ask('GetSecretValue', { SecretId: 'edge/mac-key' })).toMatchObject({
    status: 400,
    __type: 'ResourceNotFoundException',
  });
  expect(secrets.ensure('edge/mac-key', () => 'one')).toBe('one');
  expect(secrets.ensure('edge/mac-key', () => 'never')).toBe('one');
  secrets.put('edge/mac-key', 'two');
  const current = await ask('GetSecretValue', { SecretId: 'edge/mac-key' }, { region: 'us-east-1' });
  expect(current).toMatchObject({ status: 200, SecretString: 'two', VersionStages: ['AWSCURRENT'] });
  expect(current).toHaveProperty('ARN', expect.stringContaining(':us-east-1:'));
  const before = await ask('GetSecretValue', {
    SecretId: String((current as Record<string, unknown>)['ARN']),
    VersionStage: 'AWSPREVIOUS',
  });
  expect(before).toMatchObject({ SecretString: 'one', VersionStages: ['AWSPREVIOUS'] });
  expect(await ask('GetSecretValue', { SecretId: 'edge/mac-key', VersionStage: 'AWSPENDING' })).toMatchObject({
    __type: 'ResourceNotFoundException',
  });
});

it('rotates once for a repeated request', async () => {
  secrets.ensure('k', () => 'one');
  const put = { SecretId: 'k', SecretString: 'two', ClientRequestToken: 'a-token-of-the-sdk-0123456789abcdef' };
  await ask('PutSecretValue', put);
  await ask('PutSecretValue', put);
  expect(await ask('GetSecretValue', { SecretId: 'k' })).toMatchObject({ SecretString: 'two' });
  expect(await ask('GetSecretValue', { SecretId: 'k', VersionStage: 'AWSPREVIOUS' })).toMatchObject({
    SecretString: 'one',
  });
});

it('keeps secrets over a restart, readable by this user alone', async () => {
  secrets.ensure('k', () => 'one');
  await secrets.close();
  secrets = await startSecretsManager({ ...settings, regions: ['eu-central-1'] });
  expect(secrets.ensure('k', () => 'other')).toBe('one');
  expect(statSync(join(settings.folder, 'secrets.json')).mode & 0o777).toBe(0o600);
});

it.each([
  ['an unknown key', { accessKeyId: 'AKIASOMEBODYELSE001' }, 'UnrecognizedClientException'],
  ['a wrong secret', { secretAccessKey: 'wrong' }, 'InvalidSignatureException'],
  ['a signature for another service', { service: 'sts' }, 'InvalidSignatureException'],
  ['a signature for a region without a replica', { region: 'eu-west-1' }, 'InvalidSignatureException'],
])('refuses %s', async (_, sign, __type) => {
  secrets.ensure('k', () => 'one');
  expect(await ask('GetSecretValue', { SecretId: 'k' }, sign)).toMatchObject({ status: 400, __type });
});

it('refuses a body other than the one signed', async () => {
  secrets.ensure('k', () => 'one');
  const swapped = await ask('GetSecretValue', { SecretId: 'other' }, {}, JSON.stringify({ SecretId: 'k' }));
  expect(swapped).toMatchObject({ status: 400, __type: 'InvalidSignatureException' });
});
