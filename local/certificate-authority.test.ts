import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import {
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { afterAll, expect, it } from 'vitest';
import { localhostCertificate } from './certificate-authority.ts';

const root = mkdtempSync(join(tmpdir(), 'ca-'));
const newFolder = () => mkdtempSync(join(root, 'one-'));
afterAll(() => rmSync(root, { recursive: true }));

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Whether a client that trusts `ca` accepts this server under the name. */
async function accepted(tls: { key: string; cert: string }, ca: string, servername: string): Promise<string> {
  const server = createServer(tls);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const outcome = await new Promise<string>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername });
    socket.once('secureConnect', () => {
      socket.destroy();
      resolve('accepted');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.message));
  });
  await new Promise((done) => server.close(done));
  return outcome;
}

/** What a thief of the authority's key would make. */
async function forge(folder: string, name: string): Promise<{ key: string; cert: string }> {
  const [der] = PemConverter.decode(readFileSync(join(folder, 'ca-key.pem'), 'utf8'));
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der!, EC, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: new X509Certificate(readFileSync(join(folder, 'ca.pem'), 'utf8')).subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: EC,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { key, cert: certificate.toString('pem') };
}

it('vouches for localhost, and for no other name even with its key stolen', async () => {
  const folder = newFolder();
  const tls = await localhostCertificate(folder, Date.now());
  const ca = readFileSync(tls.caPath, 'utf8');
  expect(await accepted(tls, ca, 'localhost')).toBe('accepted');
  expect(await accepted(await forge(folder, 'app.localhost'), ca, 'app.localhost')).toBe('accepted');
  expect(await accepted(await forge(folder, 'bank.example'), ca, 'bank.example')).toBe('permitted subtree violation');
});

it('stays the same authority until it is about to end', async () => {
  const folder = newFolder();
  const { caPath } = await localhostCertificate(folder, Date.now());
  const first = readFileSync(caPath, 'utf8');
  await localhostCertificate(folder, Date.now());
  expect(readFileSync(caPath, 'utf8')).toBe(first);
  await localhostCertificate(folder, Date.now() + 3651 * 86_400_000);
  expect(readFileSync(caPath, 'utf8')).not.toBe(first);
});
