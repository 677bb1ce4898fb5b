import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { signAwsCall } from './aws-signature.ts';
import { NOW } from './fixture.ts';

/** The hash that the SDK's signer takes, over node:crypto. */
class Sha256 {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as Buffer);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const call = {
  host: '127.0.0.1:4599',
  service: 'secretsmanager',
  region: 'us-east-1',
  target: 'secretsmanager.GetSecretValue',
  body: '{"SecretId":"edge"}',
};

test.each([
  [
    'a session',
    { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG', sessionToken: 'FwoGZXIvYXdzE==' },
  ],
  ['a user', { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' }],
])('signs as AWS’s own signer does, with the credentials of %s', async (_, credentials) => {
  const { authorization, ...headers } = signAwsCall(call, credentials, NOW);
  const { 'x-amz-date': __, 'x-amz-security-token': ___, ...unsigned } = headers;
  const signer = new SignatureV4({
    credentials,
    region: call.region,
    service: call.service,
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: 4599,
      path: '/',
      headers: unsigned,
      body: call.body,
    },
    { signingDate: new Date(NOW) },
  );
  expect(authorization).toBe(signed.headers['authorization']);
});
