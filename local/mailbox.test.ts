import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSes, type SesOptions } from '../graphql/notifications/ses.ts';
import type { Listener } from './listener.ts';
import { startMailbox } from './mailbox.ts';

const NOW = Date.UTC(2026, 10, 22, 1, 52);
const credentials = { accessKeyId: 'AKIALOCALFUNCTION000', secretAccessKey: 'local-function-secret' };
const mail = { to: ['anna@acme.example', 'bob@acme.example'], subject: '80 % \u2713', text: 'Two\nlines' };

let folder: string;
let mailbox: Listener;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-runner-mailbox-'));
  mailbox = await startMailbox({
    folder,
    regions: ['eu-central-1'],
    accessKeys: { [credentials.accessKeyId]: credentials.secretAccessKey },
    now: () => NOW,
  });
});
afterEach(async () => {
  await mailbox.close();
  rmSync(folder, { recursive: true });
});

const ses = (change: Partial<SesOptions> = {}) =>
  openSes({
    region: 'eu-central-1',
    endpoint: mailbox.url,
    credentials,
    from: 'agent-runner <no-reply@example.test>',
    now: () => NOW,
    ...change,
  });

const kept = () =>
  readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));

it('keeps every mail in a file of its own, in the order in which they came', async () => {
  await ses().send(mail);
  await ses().send({ ...mail, subject: 'second' });
  expect(kept()).toEqual([
    {
      messageId: expect.any(String),
      at: '2026-11-22T01:52:00.000Z',
      from: 'agent-runner <no-reply@example.test>',
      ...mail,
    },
    expect.objectContaining({ subject: 'second' }),
  ]);
});

it.each([
  ['of another secret', { credentials: { ...credentials, secretAccessKey: 'other' } }, 'InvalidSignatureException'],
  ['of an unknown key', { credentials: { ...credentials, accessKeyId: 'AKIAUNKNOWN000000000' } }, 'UnrecognizedClient'],
  ['for another region', { region: 'us-east-1' }, 'InvalidSignatureException'],
  ['of an hour ago', { now: () => NOW - 3_600_000 }, 'InvalidSignatureException'],
] as const)('takes no signature %s', async (_, change, name) => {
  await expect(ses(change).send(mail)).rejects.toMatchObject({ name: expect.stringContaining(name) });
  expect(kept()).toEqual([]);
});

it.each([
  ['a reader without an address', { to: ['anna'] }],
  ['a subject of two lines', { subject: 'one\r\nBcc: eve@evil.example' }],
])('refuses a mail with %s', async (_, change) => {
  await expect(ses().send({ ...mail, ...change })).rejects.toMatchObject({ name: 'BadRequestException' });
  expect(kept()).toEqual([]);
});

it('has mails to many readers in pieces that SES takes', async () => {
  const to = Array.from({ length: 101 }, (_, n) => `u${n}@acme.example`);
  await ses().send({ ...mail, to });
  expect(kept().map((one) => one.to.length)).toEqual([50, 50, 1]);
  expect(kept().flatMap((one) => one.to)).toEqual(to);
});

it('serves nothing unsigned', async () => {
  const response = await fetch(`${mailbox.url}/v2/email/outbound-emails`, { method: 'POST', body: '{}' });
  expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
});
