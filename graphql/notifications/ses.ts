import { SignatureV4 } from '@smithy/signature-v4';
import type { Mail } from '../../tenancy/notification.ts';
import { Sha256 } from '../signing-hash.ts';
import type { EmailPort } from './tell.ts';

export type SesOptions = {
  readonly region: string;
  /** Another than AWS's own endpoint of the region. */
  readonly endpoint?: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** The sender's address: an identity that is verified with SES. */
  readonly from: string;
  /** ms since the epoch. */
  readonly now: () => number;
};

const PATH = '/v2/email/outbound-emails';
const TIMEOUT_MS = 5_000;
/** SES's limit on the readers of one mail. */
const MAX_READERS = 50;

/**
 * Sends by Amazon SES (version 2, SendEmail): one signed call, for which its client, a package of its own, is not loaded.
 * An answer that does not come leaves open whether the mail was taken over: it rejects, and the mail may come twice.
 * @throws Error with SES's name for what is wrong (`MessageRejected`)
 */
export function openSes({ region, endpoint, credentials, from, now }: SesOptions): EmailPort {
  const { protocol, hostname, host, port, origin } = new URL(endpoint ?? `https://email.${region}.amazonaws.com`);
  const signer = new SignatureV4({ service: 'ses', region, credentials, sha256: Sha256, applyChecksum: false });
  return {
    send: async ({ to, subject, text }) => {
      for (let from = 0; from < to.length; from += MAX_READERS) {
        await sendOne({ to: to.slice(from, from + MAX_READERS), subject, text });
      }
    },
  };

  async function sendOne({ to, subject, text }: Mail): Promise<void> {
    const body = JSON.stringify({
      FromEmailAddress: from,
      Destination: { ToAddresses: to },
      Content: {
        Simple: {
          Subject: { Data: subject, Charset: 'UTF-8' },
          Body: { Text: { Data: text, Charset: 'UTF-8' } },
        },
      },
    });
    const { headers } = await signer.sign(
      {
        method: 'POST',
        protocol,
        hostname,
        ...(port === '' ? {} : { port: Number(port) }),
        path: PATH,
        headers: { 'content-type': 'application/json', host },
        body,
      },
      { signingDate: new Date(now()) },
    );
    const response = await fetch(origin + PATH, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // Read to its end, or its connection is not free for the next.
    await response.arrayBuffer();
    if (response.ok) return;
    const [name = 'SesError'] = (response.headers.get('x-amzn-errortype') ?? 'SesError').split(':');
    throw Object.assign(new Error(`SES answered with status ${response.status}`), { name });
  }
}
