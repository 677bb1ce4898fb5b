import { describe, expect, it } from 'vitest';
import { assumeRoleInput, type Credentials, keepSessions, type Session } from './assume.ts';
import { ACME, NOW } from './serve.fixture.ts';

const session: Session = {
  caller: { tenantId: ACME, identityId: 'usr_anna', callerType: 'user' },
  region: 'eu-central-1',
  bedrockModelId: 'eu.anthropic.claude-opus-5-5',
  foundationModelId: 'anthropic.claude-opus-5-5',
};
const role = { arn: 'arn:aws:iam::123456789012:role/bedrock', externalId: 'external' };
const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('the request to STS', () => {
  it('tags the session, names it, and leaves it one model', () => {
    const { Policy, ...rest } = assumeRoleInput(role, session);
    expect(rest).toEqual({
      RoleArn: role.arn,
      ExternalId: 'external',
      RoleSessionName: 'acme.usr_anna',
      DurationSeconds: 3600,
      Tags: [
        { Key: 'tenant_id', Value: 'acme' },
        { Key: 'identity_id', Value: 'usr_anna' },
        { Key: 'caller_type', Value: 'user' },
        { Key: 'bedrock_region', Value: 'eu-central-1' },
      ],
    });
    const profile = 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-opus-5-5';
    const Action = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];
    expect(JSON.parse(Policy ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action, Resource: profile },
        {
          Effect: 'Allow',
          Action,
          Resource: [
            'arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-5-5',
            'arn:aws:bedrock:::foundation-model/anthropic.claude-opus-5-5',
          ],
          Condition: { StringEquals: { 'bedrock:InferenceProfileArn': profile } },
        },
      ],
    });
    expect(Policy?.length).toBeLessThan(2048);
  });

  it('names a foundation model alone, in its region, when there is no profile', () => {
    const id = 'anthropic.claude-haiku-4-5-v1:0';
    const { Policy } = assumeRoleInput(role, { ...session, bedrockModelId: id, foundationModelId: id });
    expect(JSON.parse(Policy ?? '').Statement).toMatchObject([
      { Resource: 'arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-haiku-4-5-v1:0' },
    ]);
  });

  it('takes the ARN of an application profile as it is, and its model by way of it alone', () => {
    const arn = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/ab12cd34';
    const { Policy } = assumeRoleInput(role, { ...session, bedrockModelId: arn });
    expect(JSON.parse(Policy ?? '').Statement).toMatchObject([
      { Resource: arn },
      { Condition: { StringEquals: { 'bedrock:InferenceProfileArn': arn } } },
    ]);
    expect(Policy).toContain('"arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-5-5"');
  });
});

/** An STS that hands out numbered credentials good for an hour, unless it fails. */
function numbered() {
  const sts = { asked: 0, fails: false, wait: Promise.resolve() };
  let clock = NOW;
  const ask = async (): Promise<Credentials> => {
    sts.asked++;
    const at = clock;
    await sts.wait;
    if (sts.fails) throw new Error('throttled');
    const name = String(sts.asked);
    return { accessKeyId: name, secretAccessKey: 's', sessionToken: 't', expiresAt: at + HOUR };
  };
  const assume = keepSessions(ask, ({ accessKeyId }) => ({ name: accessKeyId }));
  return {
    sts,
    at: (now: number, which: Session = session) => {
      clock = now;
      return assume(which, now).then(({ name }) => name);
    },
  };
}

describe('the sessions that are kept', () => {
  it('are asked for once, until 5 minutes before their end', async () => {
    const { sts, at } = numbered();
    expect(await at(NOW)).toBe('1');
    expect(await at(NOW + HOUR - 5 * MINUTE - 1)).toBe('1');
    expect(sts.asked).toBe(1);
    expect(await at(NOW + HOUR - 5 * MINUTE)).toBe('2');
    expect(await at(NOW + HOUR)).toBe('2');
  });

  it('are asked for once by requests that come together', async () => {
    const { sts, at } = numbered();
    let open = (): void => {};
    sts.wait = new Promise((resolve) => {
      open = resolve;
    });
    const answers = Promise.all([at(NOW), at(NOW), at(NOW)]);
    open();
    expect(await answers).toEqual(['1', '1', '1']);
    expect(sts.asked).toBe(1);
  });

  it.each([
    ['tenant', { ...session, caller: { ...session.caller, tenantId: 'globex' as typeof ACME } }],
    ['identity', { ...session, caller: { ...session.caller, identityId: 'usr_bob' } }],
    ['caller type', { ...session, caller: { ...session.caller, callerType: 'machine' } }],
    ['region', { ...session, region: 'us-east-1' }],
    ['model', { ...session, bedrockModelId: 'eu.anthropic.claude-haiku-5-5' }],
  ] as [string, Session][])('are never shared with another %s', async (_, other) => {
    const { at } = numbered();
    expect(await at(NOW)).toBe('1');
    expect(await at(NOW, other)).toBe('2');
    expect(await at(NOW)).toBe('1');
  });

  it('serve while STS fails, until just before their end, and no longer', async () => {
    const { sts, at } = numbered();
    await at(NOW);
    sts.fails = true;
    expect(await at(NOW + HOUR - 4 * MINUTE)).toBe('1');
    expect(await at(NOW + HOUR - 31_000)).toBe('1');
    await expect(at(NOW + HOUR - 10_000)).rejects.toThrow('throttled');
    sts.fails = false;
    expect(await at(NOW + HOUR)).toMatch(/\d/);
  });

  it('are not renewed with every request while STS fails', async () => {
    const { sts, at } = numbered();
    await at(NOW);
    sts.fails = true;
    for (let i = 0; i < 10; i++) await at(NOW + HOUR - 4 * MINUTE + i * 1_000);
    expect(sts.asked).toBe(2);
    sts.fails = false;
    expect(await at(NOW + HOUR - 4 * MINUTE + 15_000)).toBe('3');
  });

  it('are none where STS never gave any, and a failure is not kept', async () => {
    const { sts, at } = numbered();
    sts.fails = true;
    await expect(at(NOW)).rejects.toThrow('throttled');
    sts.fails = false;
    expect(await at(NOW)).toBe('2');
  });

  it('are kept for the last thousand, not for all who ever called', async () => {
    const { sts, at } = numbered();
    const of = (i: number): Session => ({ ...session, caller: { ...session.caller, identityId: `usr_${i}` } });
    for (let i = 0; i <= 1_000; i++) await at(NOW, of(i));
    await at(NOW, of(1_000));
    expect(sts.asked).toBe(1_001);
    await at(NOW, of(0));
    expect(sts.asked).toBe(1_002);
  });
});
