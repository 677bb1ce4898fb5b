import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localhostCertificate } from '../local/certificate-authority.ts';
import { fetchJsonBy, whyFailed } from './fetch-json.ts';
import { lookUpBy } from './public-lookup.ts';

const folder = mkdtempSync(join(tmpdir(), 'public-lookup-'));
const trusted = getCACertificates('default');
let server: Server;
let port: number;
let requests = 0;
beforeAll(async () => {
  const { key, cert, caPath } = await localhostCertificate(folder, Date.now());
  setDefaultCACertificates([...trusted, readFileSync(caPath, 'utf8')]);
  server = createServer({ key, cert }, (_, response) => {
    requests++;
    response.end('{"a":1}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  setDefaultCACertificates(trusted);
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const lookup = lookUpBy(
  async () => [{ address: '127.0.0.1', family: 4 }],
  () => true,
);
const get = (host: string) =>
  fetchJsonBy(lookup)({ url: `https://${host}:${port}/`, method: 'GET', headers: {}, timeoutMs: 5_000 }).catch(
    whyFailed,
  );

// A name may lead to any public address; whose the machine there is, its certificate alone says.
it('whoever answers at the address must have a certificate for the name', async () => {
  expect(await get('localhost')).toEqual({ a: 1 });
  expect(await get('issuer.example')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(requests).toBe(1);
});
