import { SignatureV4 } from '@smithy/signature-v4';
import { type Export, exportObjectKey } from '../../tenancy/export.ts';
import { Sha256 } from '../signing-hash.ts';

export type ExportBucket = {
  readonly name: string;
  readonly region: string;
  /** Another than S3's own of the region; the bucket is in its path then, for no name leads to it. */
  readonly endpoint?: string;
};

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };

const VALID_SECONDS = 300;

/**
 * Signs addresses from which an export's file can be fetched, by whoever has one, for 5 minutes (and never longer than
 * the credentials last). Nothing is asked of S3: whether the file is there shows when it is fetched.
 * @param credentials the function's own, whose role may read the objects under `exports/`
 * @param now ms since the epoch
 */
export function signDownloads({ name, region, endpoint }: ExportBucket, credentials: Credentials, now: () => number) {
  const base = new URL(endpoint ? `${endpoint}/${name}` : `https://${name}.s3.${region}.amazonaws.com`);
  const { protocol, hostname, host, port } = base;
  // S3 alone signs a path as it is sent.
  const options = { service: 's3', region, credentials, sha256: Sha256, uriEscapePath: false, applyChecksum: false };
  const signer = new SignatureV4(options);
  return async (one: Export): Promise<string> => {
    const { path, query = {} } = await signer.presign(
      {
        method: 'GET',
        protocol,
        hostname,
        ...(port === '' ? {} : { port: Number(port) }),
        // Of an object's key every character is one that a path may hold.
        path: `${base.pathname.replace(/\/$/, '')}/${exportObjectKey(one)}`,
        headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      },
      { signingDate: new Date(now()), expiresIn: VALID_SECONDS },
    );
    const parameters = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`);
    return `${protocol}//${host}${path}?${parameters.join('&')}`;
  };
}
