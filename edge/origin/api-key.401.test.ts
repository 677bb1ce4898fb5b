import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { crc32, mintApiKey, parseApiKey } from '../../tenancy/api-key.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { apiKey, bench, refused, secretDocument } from './fixture.ts';
import { parseSecrets } from './secrets.ts';

async function whyRefused(key: string, tools = bench()): Promise<string | undefined> {
  expect((await refused({ headers: { 'x-api-key': key } }, tools)).status).toBe(401);
  return tools.lines.at(-1)?.why;
}

test('a key with a right checksum that we did not mint is refused: the checksum is public, the MAC is not', async () => {
  const forged = apiKey('acme', 'Key0000001', Buffer.alloc(32, 8));
  expect(parseApiKey(forged)).not.toBeNull();
  expect(await whyRefused(forged)).toMatch(/not minted by us/);
});

test('a key of ours, moved to another tenant with its checksum made right again, is refused', async () => {
  const moved = apiKey('globex').replace('globex', 'acme').slice(0, -6);
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let crc = '';
  for (let rest = crc32(moved); rest > 0; rest = Math.floor(rest / 62)) crc = alphabet.charAt(rest % 62) + crc;
  expect(await whyRefused(moved + crc.padStart(6, '0'))).toMatch(/not minted by us/);
});

test('a key of a MAC version that we do not hold is refused, whatever it is keyed with', async () => {
  const minted = (key: string) =>
    mintApiKey(parseTenantId('acme')!, 'Key0000001', 's'.repeat(32), (text) =>
      createHmac('sha256', key).update(text).digest(),
    );
  const second = { ...secretDocument, macKeys: { '2': secretDocument.macKeys['1'] } };
  const onlySecond = bench({ readSecrets: async () => parseSecrets(JSON.stringify(second)) });
  expect(await whyRefused(apiKey(), onlySecond)).toMatch(/MAC version/);
  for (const empty of ['', 'undefined', 'null'])
    expect(await whyRefused(minted(empty), onlySecond)).toMatch(/MAC version/);
});
