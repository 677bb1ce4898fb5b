import { createHash, randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { ask, JSON_BODY, messages } from './ask.ts';
import { tokenOf } from './sign-in.ts';

const platform = inject('platform');
const { tenants, graphql } = platform;
const [admin, member, other] = await Promise.all(
  [tenants.acme.admin, tenants.acme.developer, tenants.globex.admin].map((who) => tokenOf(platform, who)),
);

async function query(token: string | undefined, text: string, variables: object = {}) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const { body } = await ask(graphql.loopbackUrl, { headers, body: JSON.stringify({ query: text, variables }) });
  return JSON.parse(body) as { data?: Record<string, unknown>; errors?: { extensions: { code: string } }[] };
}

const REQUEST = `mutation($input: RequestExportInput!) {
  requestExport(input: $input) { export { id } userErrors { code message } }
}`;
const today = new Date().toISOString().slice(0, 10);
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const input = (kind: string) => ({
  idempotencyKey: randomUUID(),
  tenantId: 'ten_acme',
  kind,
  from: yesterday,
  to: today,
});

type File = Record<'id' | 'status' | 'fileName' | 'rows' | 'bytes' | 'sha256' | 'downloadUrl', string>;
const read = async (token: string | undefined, id: string) =>
  query(
    token,
    'query($id: ID!) { node(id: $id) { ... on Export { id status fileName rows bytes sha256 downloadUrl failure } } }',
    { id },
  );

/** Asks for an export, waits for it, and downloads it as anybody would who has its address. */
async function exported(kind: string): Promise<{ readonly file: File; readonly text: string }> {
  const made = await query(admin, REQUEST, { input: input(kind) });
  const { export: asked } = (made.data?.['requestExport'] ?? {}) as { export?: { id: string } };
  const id = asked?.id ?? '';
  for (let tries = 0; tries < 120; tries++) {
    const file = (await read(admin, id)).data?.['node'] as File;
    if (file.status === 'READY') {
      const answer = await fetch(file.downloadUrl);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${file.fileName}"`);
      return { file, text: await answer.text() };
    }
    expect(['REQUESTED', 'RUNNING']).toContain(file.status);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${id} was never READY`);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('a tenant’s admin gets its usage as a CSV', async () => {
  const headers = { ...JSON_BODY, host: tenants.acme.host, 'x-api-key': tenants.acme.apiKey };
  expect((await ask(`${platform.proxy.url}/v1/messages`, { headers, body: messages('hello') })).status).toBe(200);
  let text = '';
  // The roll-up comes a moment after the request.
  for (let tries = 0; tries < 20 && !text.includes('claude-sonnet-5-5'); tries++) {
    const made = await exported('USAGE');
    text = made.text;
    expect([made.file.sha256, made.file.bytes]).toEqual([sha256(text), String(Buffer.byteLength(text))]);
    expect(text.trimEnd().split('\r\n')).toHaveLength(Number(made.file.rows) + 1);
  }
  expect(text).toMatch(/^start,userId,apiKeyId,model,region,requests,.*costUsd,inputCostUsd,.*\r\n/);
  expect(text).toMatch(/Z,usr_acme:[^,]+,[^,]*,claude-sonnet-5-5,[A-Z0-9_]+,[1-9]/);
});

it('and its audit trail as JSON lines that prove themselves', async () => {
  await exported('AUDIT');
  const { file, text } = await exported('AUDIT');
  expect([file.sha256, file.bytes]).toEqual([sha256(text), String(Buffer.byteLength(text))]);
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(Number(file.rows));
  const read = lines.map((line) => ({ line, ...JSON.parse(line) }));
  const requests = read.filter(({ entry }) => entry.action === 'requestExport');
  expect(requests.length).toBeGreaterThan(1);
  const chained = read.filter((one) => one.hash !== null);
  expect(chained.length).toBeGreaterThan(0);
  for (const { line, previousHash, hash } of chained) {
    expect(sha256(`${previousHash}\n${line.slice(line.indexOf('"entry":') + 8, -1)}`)).toBe(hash);
  }
  expect(read.every(({ entry }) => entry.tenantId === 'acme')).toBe(true);
});

it('is for nobody else: another tenant’s admin gets what a missing one gets, and so does a member', async () => {
  const { file } = await exported('AUDIT');
  const missing = 'exp_acme:019aa8c1-7e01-7a10-8f02-0d4c9b7e6f23';
  for (const token of [other, member]) {
    expect({ ...(await read(token, file.id)), extensions: null }).toEqual({
      ...(await read(token, missing)),
      extensions: null,
    });
    const refused = await query(token, REQUEST, { input: input('AUDIT') });
    expect(JSON.stringify(refused)).toMatch(token === member ? /FORBIDDEN/ : /NOT_FOUND/);
  }
  const moved = file.downloadUrl.replace('/exports/acme/', '/exports/globex/');
  expect((await fetch(moved)).status).toBe(403);
});
