import 'reflect-metadata'; // @peculiar/x509 builds its parsers with decorators and refuses to load without it
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { readFileIfThere, writePrivateFile } from './private-file.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;

/**
 * Name constraints (RFC 5280 4.2.1.10): permitted are `localhost` with what is under it, and 127.0.0.0/8.
 * Whoever adds this CA to a browser must not thereby let a stolen key of it speak for any other name.
 */
const LOOPBACK_ONLY = Buffer.from(
  `301b a019 300b 8209 ${Buffer.from('localhost').toString('hex')} 300a 8708 7f000000 ff000000`.replaceAll(' ', ''),
  'hex',
);

type Authority = { readonly certificate: X509Certificate; readonly key: webcrypto.CryptoKey };

/** What a TLS server needs, and the file a client trusts (`NODE_EXTRA_CA_CERTS`, `curl --cacert`). */
export type ServerCertificate = { readonly key: string; readonly cert: string; readonly caPath: string };

/**
 * A certificate for `localhost` and 127.0.0.1 from the certificate authority in `folder`. The authority is made once
 * and stays (clients trust its file); the server's key is made anew at each start and never written.
 * @param now ms epoch
 */
export async function localhostCertificate(folder: string, now: number): Promise<ServerCertificate> {
  const caPath = join(folder, 'ca.pem');
  const authority = await openAuthority(caPath, join(folder, 'ca-key.pem'), now);
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: authority.certificate.subject,
    notBefore: new Date(now - DAY),
    notAfter: new Date(Math.min(now + 365 * DAY, authority.certificate.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: EC,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  return { key: await privatePem(keys.privateKey), cert: certificate.toString('pem'), caPath };
}

async function openAuthority(caPath: string, keyPath: string, now: number): Promise<Authority> {
  const [pem, keyPem] = [readFileIfThere(caPath), readFileIfThere(keyPath)];
  if (pem !== undefined && keyPem !== undefined) {
    const certificate = new X509Certificate(pem);
    if (certificate.notAfter.getTime() > now + DAY) return { certificate, key: await privateKeyOf(keyPem) };
  }
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=agent-runner local CA',
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + 3650 * DAY),
    keys,
    signingAlgorithm: EC,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      new Extension('2.5.29.30', true, LOOPBACK_ONLY),
    ],
  });
  writePrivateFile(keyPath, await privatePem(keys.privateKey));
  writeFileSync(caPath, `${certificate.toString('pem')}\n`);
  return { certificate, key: keys.privateKey };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function privateKeyOf(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = PemConverter.decode(pem);
  if (der === undefined) throw new Error('the local CA key is not readable; delete the folder it lies in');
  return webcrypto.subtle.importKey('pkcs8', der, EC, true, ['sign']);
}
