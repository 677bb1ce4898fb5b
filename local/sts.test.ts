import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assumeInput, ROLE_ARN, type Scene, startScene, stsClient } from './bedrock/scene.ts';
import { assumeRole, BEDROCK_TAGS } from './sts/assume-role.ts';
import { startSts } from './sts.ts';

let scene: Scene;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sts-'));
  scene = await startScene({ sts: join(folder, 'sts.log'), bedrock: join(folder, 'bedrock.log') });
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
});

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'bedrock:*', Resource: '*' },
});

test('gives the official client credentials and remembers what they were made for', async () => {
  const answer = await stsClient(scene.sts.url).send(new AssumeRoleCommand({ ...assumeInput(), Policy: POLICY }));
  const made = answer.Credentials;
  expect(made?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(made?.Expiration?.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  expect(answer.AssumedRoleUser?.Arn).toBe('arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.dev-1');
  expect(scene.sts.sessions.get(made?.AccessKeyId ?? '')).toMatchObject({
    secretAccessKey: made?.SecretAccessKey,
    sessionToken: made?.SessionToken,
    policy: POLICY,
    tags: { tenant_id: 'acme', identity_id: 'dev-1', caller_type: 'API_KEY', bedrock_region: 'eu-central-1' },
  });
});

test('logs the call without the secrets', async () => {
  const made = await scene.assume();
  const log = readFileSync(join(folder, 'sts.log'), 'utf8');
  expect(JSON.parse(log.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    action: 'AssumeRole',
    status: 200,
    roleSessionName: 'acme.dev-1',
    accessKeyId: made.accessKeyId,
    tags: { tenant_id: 'acme' },
  });
  expect(log).not.toContain(made.secretAccessKey);
  expect(log).not.toContain(made.sessionToken);
});

describe('refuses', () => {
  const [tenant, identity, callerType, region] = assumeInput().Tags ?? [];
  const many = Array.from({ length: 47 }, (_, n) => ({ Key: `extra${n}`, Value: 'x' }));
  const large = many.slice(0, 40).map(({ Key }) => ({ Key, Value: scramble(250, Key) }));
  const cases: [string, object, string][] = [
    ['a role that is none', { RoleArn: 'arn:aws:iam::1:role/x-is-not-a-role' }, 'ValidationError'],
    ['a role that it does not know', { RoleArn: 'arn:aws:iam::222222222222:role/other' }, 'AccessDenied'],
    ['a session name with a slash', { RoleSessionName: 'acme/dev' }, 'ValidationError'],
    ['a session name of 65 characters', { RoleSessionName: 'a'.repeat(65) }, 'ValidationError'],
    ['less than 15 minutes', { DurationSeconds: 899 }, 'ValidationError'],
    ['more than an hour', { DurationSeconds: 3601 }, 'ValidationError'],
    ['a wrong external id', { ExternalId: 'somebody else' }, 'AccessDenied'],
    ['no external id', { ExternalId: undefined }, 'AccessDenied'],
    ['a call without tags', { Tags: undefined }, 'AccessDenied'],
    ['no tenant_id', { Tags: [identity, callerType, region] }, 'AccessDenied'],
    ['no identity_id', { Tags: [tenant, callerType, region] }, 'AccessDenied'],
    ['no caller_type', { Tags: [tenant, identity, region] }, 'AccessDenied'],
    ['no bedrock_region', { Tags: [tenant, identity, callerType] }, 'AccessDenied'],
    ['a tag value with a comma', { Tags: [{ Key: 'tenant_id', Value: 'a,b' }] }, 'ValidationError'],
    ['a tag value of 257 characters', { Tags: [{ Key: 'tenant_id', Value: 'a'.repeat(257) }] }, 'ValidationError'],
    ['a tag twice in two cases', { Tags: [tenant, { Key: 'TENANT_ID', Value: 'b' }] }, 'InvalidParameterValue'],
    ['51 tags', { Tags: [tenant, identity, callerType, region, ...many] }, 'ValidationError'],
    ['a policy that is no JSON', { Policy: '{' }, 'MalformedPolicyDocument'],
    ['a policy without a statement', { Policy: '{"Version":"2012-10-17"}' }, 'MalformedPolicyDocument'],
    ['a policy of 2049 characters', { Policy: POLICY.padEnd(2049) }, 'ValidationError'],
    ['tags that do not fit packed', { Tags: [tenant, identity, callerType, region, ...large] }, 'PackedPolicyTooLarge'],
  ];
  test.each(cases)('%s', async (_, change, code) => {
    const sessions = scene.sts.sessions.size;
    await expect(scene.assume(change)).rejects.toMatchObject({ name: expect.stringMatching(`^${code}`) });
    expect(scene.sts.records.at(-1)?.error).toBe(code);
    expect(scene.sts.sessions.size).toBe(sessions);
  });

  test('a signature made with another secret', async () => {
    const forged = stsClient(scene.sts.url, 'guessed').send(new AssumeRoleCommand(assumeInput()));
    await expect(forged).rejects.toMatchObject({ name: 'SignatureDoesNotMatch', $metadata: { httpStatusCode: 403 } });
  });

  test('a key that it does not know', async () => {
    const stranger = await startSts({ accounts: new Map(), roles: new Map() });
    const call = stsClient(stranger.url).send(new AssumeRoleCommand(assumeInput()));
    await expect(call).rejects.toMatchObject({ name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } });
    await stranger.close();
  });

  test('a principal that the role does not trust', async () => {
    const params = new URLSearchParams({ RoleArn: ROLE_ARN, RoleSessionName: 'acme.dev-1', ExternalId: 'x' });
    for (const [i, { Key = '', Value = '' }] of (assumeInput().Tags ?? []).entries()) {
      params.set(`Tags.member.${i + 1}.Key`, Key);
      params.set(`Tags.member.${i + 1}.Value`, Value);
    }
    const roles = new Map([
      [ROLE_ARN, { externalId: 'x', trusts: ['arn:aws:iam::111111111111:role/edge-region'], tags: BEDROCK_TAGS }],
    ]);
    expect(assumeRole(params, 'arn:aws:iam::111111111111:role/edge-region', roles, 0)).toHaveProperty('sessionToken');
    const other = assumeRole(params, 'arn:aws:iam::111111111111:role/edge-sync', roles, 0);
    expect(other).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  test('an action that it does not stand in for', async () => {
    const call = stsClient(scene.sts.url).send(new GetCallerIdentityCommand({}));
    await expect(call).rejects.toMatchObject({ name: 'InvalidAction' });
  });

  test('a call that nobody signed', async () => {
    const answer = await fetch(scene.sts.url, { method: 'POST', body: 'Action=AssumeRole&Version=2011-06-15' });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });
});

test('a port that is taken is named, with the way out', async () => {
  const port = Number(new URL(scene.sts.url).port);
  await expect(startSts({ port, accounts: new Map(), roles: new Map() })).rejects.toThrow(`port ${port} is taken`);
});

/** Text that does not compress, the same in every run. */
function scramble(length: number, seed: string): string {
  let state = [...seed].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7) % 2147483647;
  return Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'[state % 32];
  }).join('');
}
