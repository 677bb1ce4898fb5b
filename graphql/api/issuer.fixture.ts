import { generateKeyPairSync } from 'node:crypto';

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The platform's own issuer. */
export const OWN_ISSUER = 'https://pool.example';

/** The documents of a good issuer, by their addresses. */
export function issuerDocuments(issuer: string): [address: string, document: unknown][] {
  const jwksUri = `${issuer}/v1/keys`;
  return [
    [`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: jwksUri }],
    [jwksUri, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] }],
  ];
}
