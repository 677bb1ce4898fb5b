import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Listener, listen, readBody } from './listener.ts';
import { writePrivateFile } from './private-file.ts';
import { readSignature, verifySignature } from './signature.ts';

export type MailboxOptions = {
  readonly port?: number;
  /** Gets one JSON file per mail, named so that they stand in the order in which they came. */
  readonly folder: string;
  /** Where the service is: a signature for another region is refused. */
  readonly regions: readonly string[];
  /** Access key id -> secret of those who may send. */
  readonly accessKeys: Readonly<Record<string, string>>;
  /** ms epoch; the clock when absent. */
  readonly now?: () => number;
};

/** A mail as its file has it. */
export type KeptMail = {
  readonly messageId: string;
  readonly at: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
};

type Refusal = { readonly status: number; readonly code: string; readonly message: string };

/** SES's limit on the readers of one mail. */
const MAX_READERS = 50;
const ADDRESS = /^(?:[^<>\r\n]*<)?[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>?$/;

/** Stands in for Amazon SES version 2: SendEmail with a simple message, signatures checked. Nothing is delivered. */
export async function startMailbox(options: MailboxOptions): Promise<Listener> {
  const { folder, regions, accessKeys, now = Date.now } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let count = 0;

  function take(request: IncomingMessage, body: Buffer): KeptMail | Refusal {
    const refused = refuseCaller(request, body);
    if (refused) return refused;
    if (request.method !== 'POST' || request.url !== '/v2/email/outbound-emails') {
      return { status: 404, code: 'UnknownOperationException', message: 'only SendEmail is served here' };
    }
    const mail = readMail(body);
    if (typeof mail === 'string') return { status: 400, code: 'BadRequestException', message: mail };
    const at = now();
    const kept = { messageId: `${randomUUID()}-000000`, at: new Date(at).toISOString(), ...mail };
    const name = `${kept.at.replace(/[:.]/g, '-')}-${String(++count).padStart(6, '0')}.json`;
    writePrivateFile(join(folder, name), `${JSON.stringify(kept, null, 2)}\n`);
    return kept;
  }

  function refuseCaller({ method = '', url = '', rawHeaders }: IncomingMessage, body: Buffer): Refusal | undefined {
    const denied = (code: string, message: string): Refusal => ({ status: 403, code, message });
    const claim = readSignature(rawHeaders);
    if (!claim) return denied('MissingAuthenticationTokenException', 'Missing Authentication Token');
    const secret = Object.hasOwn(accessKeys, claim.accessKeyId) ? accessKeys[claim.accessKeyId] : undefined;
    if (secret === undefined) {
      return denied('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (claim.service !== 'ses' || !regions.includes(claim.region)) {
      return denied('InvalidSignatureException', `Credential should be scoped to ses in ${regions.join(', ')}`);
    }
    const verdict = verifySignature({ method, url, rawHeaders, body }, claim, secret, now());
    return verdict.ok ? undefined : denied('InvalidSignatureException', verdict.reason);
  }

  return listen('mailbox', options.port ?? 0, async (request: IncomingMessage, response: ServerResponse) => {
    const outcome = take(request, await readBody(request));
    const isRefused = 'code' in outcome;
    response.writeHead(isRefused ? outcome.status : 200, {
      'content-type': 'application/json',
      'x-amzn-requestid': randomUUID(),
      ...(isRefused ? { 'x-amzn-errortype': outcome.code } : {}),
    });
    response.end(JSON.stringify(isRefused ? { message: outcome.message } : { MessageId: outcome.messageId }));
  });
}

/** @returns the mail, or what is wrong with it */
function readMail(body: Buffer): Pick<KeptMail, 'from' | 'to' | 'subject' | 'text'> | string {
  let input: SendEmail;
  try {
    input = (JSON.parse(body.toString('utf8')) ?? {}) as SendEmail;
  } catch {
    return 'the body is no JSON';
  }
  const { FromEmailAddress: from, Destination, Content } = input;
  const to: readonly unknown[] = Destination?.ToAddresses ?? [];
  const subject = Content?.Simple?.Subject?.Data;
  const text = Content?.Simple?.Body?.Text?.Data;
  if (typeof from !== 'string' || !ADDRESS.test(from)) return 'FromEmailAddress is missing or no address';
  if (to.length === 0 || to.length > MAX_READERS) return 'Destination has no reader, or too many';
  if (!to.every((one): one is string => typeof one === 'string' && ADDRESS.test(one)))
    return 'Destination has what is no address';
  if (typeof subject !== 'string' || typeof text !== 'string') return 'Content.Simple needs a subject and a text';
  // It becomes a header of the mail.
  if (/[\r\n]/.test(subject)) return 'the subject is more than one line';
  return { from, to, subject, text };
}

type SendEmail = {
  readonly FromEmailAddress?: unknown;
  readonly Destination?: { readonly ToAddresses?: readonly unknown[] };
  readonly Content?: {
    readonly Simple?: {
      readonly Subject?: { readonly Data?: unknown };
      readonly Body?: { readonly Text?: { readonly Data?: unknown } };
    };
  };
};
