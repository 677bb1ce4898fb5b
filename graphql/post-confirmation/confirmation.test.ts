import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getUser, putUser } from '../../tenancy/table/users.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { User } from '../../tenancy/user.ts';
import { startTables } from '../../tests/tables.ts';
import { confirmUser } from './confirmation.ts';

const acme = parseTenantId('acme')!;
const anna: User = {
  tenantId: acme,
  id: 'anna',
  email: 'anna@acme.example',
  displayName: 'Anna',
  role: 'ADMIN',
  status: 'INVITED',
  invitedAt: 1,
  version: 1,
};

let store: Awaited<ReturnType<typeof startTables>>;
const lines: object[] = [];
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

/** As Cognito sends it. */
const event = (sub: string, tenant?: string): PostConfirmationTriggerEvent => ({
  version: '1',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_Local',
  userName: sub,
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'cli' },
  triggerSource: 'PostConfirmation_ConfirmForgotPassword',
  request: {
    userAttributes: {
      sub,
      'cognito:user_status': 'CONFIRMED',
      email: 'anna@acme.example',
      ...(tenant === undefined ? {} : { 'custom:tenant_id': tenant }),
    },
  },
  response: {},
});
const confirm = (one: PostConfirmationTriggerEvent) =>
  confirmUser({ tables: store.tables, log: (line) => void lines.push(line) }, one);
const stored = (id: string) => getUser(store.tables, acme, id);

it('makes an invited user an active one, once, and answers the event as it came', async () => {
  await putUser(store.tables, null, anna);
  expect(await confirm(event('anna', 'acme'))).toEqual(event('anna', 'acme'));
  expect(await stored('anna')).toEqual({ ...anna, status: 'ACTIVE', version: 2 });
  await confirm(event('anna', 'acme'));
  expect(await stored('anna')).toEqual({ ...anna, status: 'ACTIVE', version: 2 });
});

it('leaves alone who is disabled, of another tenant, of none, or unknown', async () => {
  const bob: User = { ...anna, id: 'bob', status: 'DISABLED' };
  const carol: User = { ...anna, id: 'carol' };
  for (const one of [bob, carol]) await putUser(store.tables, null, one);
  for (const one of [
    event('bob', 'acme'),
    event('carol', 'globex'),
    event('carol'),
    event('ghost', 'acme'),
    event('#'),
  ])
    await confirm(one);
  expect([await stored('bob'), await stored('carol'), await stored('ghost')]).toEqual([bob, carol, null]);
  expect(lines).toEqual([]);
});

it('fails no confirmation when the store cannot be read, and says so in the log', async () => {
  const broken = {
    ...store.tables,
    get ledger(): never {
      throw new Error('no store');
    },
  };
  const done = await confirmUser({ tables: broken, log: (line) => void lines.push(line) }, event('anna', 'acme'));
  expect(done).toEqual(event('anna', 'acme'));
  expect(lines).toEqual([expect.objectContaining({ event: 'post_confirmation_failed' })]);
});
