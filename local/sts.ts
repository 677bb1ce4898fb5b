import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Listener, listen, readBody } from './listener.ts';
import { readSignature, verifySignature } from './signature.ts';
import { type AssumedSession, type AssumeRoleRefusal, assumeRole, type Role } from './sts/assume-role.ts';
import { openTrace } from './trace.ts';

/**
 * Stands in for AWS STS: AssumeRole over the AWS Query protocol (a form goes in, XML comes out), signatures checked.
 * One process serves every region; the region is the one in the signature's scope.
 */
export interface StsOptions {
  readonly port?: number;
  /** Long-term keys by access key id, with the principal that each belongs to. */
  readonly accounts: ReadonlyMap<string, { readonly secretAccessKey: string; readonly arn: string }>;
  /** Roles by ARN. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Handed out in place of made-up credentials, when what is called with them is the real AWS. */
  readonly lend?: () => Promise<LentCredentials>;
  /** File that gets one JSON line per request. */
  readonly log?: string;
  /** ms since the epoch; the machine's clock by default. */
  readonly now?: () => number;
}

export type LentCredentials = Pick<AssumedSession, 'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'expiration'>;

/** Sessions by access key id, as the services that check them need them. */
export type SessionStore = Map<string, AssumedSession>;

/** One line of the log. Neither secrets nor session tokens: the access key id names a session well enough. */
export interface StsRecord {
  readonly at: string;
  readonly action: string;
  readonly region?: string;
  readonly roleSessionName?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly policy?: string;
  readonly status: number;
  readonly error?: string;
  readonly accessKeyId?: string;
}

export interface Sts extends Listener {
  readonly sessions: SessionStore;
  readonly records: readonly StsRecord[];
}

const MAX_KEPT_SESSIONS = 20_000;

export async function startSts(options: StsOptions): Promise<Sts> {
  const now = options.now ?? Date.now;
  const sessions: SessionStore = new Map();
  const trace = openTrace<StsRecord>(options.log);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const params = new URLSearchParams(body.toString());
    const action = params.get('Action') ?? '';
    const claim = readSignature(request.rawHeaders);
    const decided = decide(request, body, params);
    const outcome = 'code' in decided || !options.lend ? decided : { ...decided, ...(await options.lend()) };
    const refused = 'code' in outcome;
    const record: StsRecord = {
      at: new Date(now()).toISOString(),
      action,
      status: refused ? outcome.status : 200,
      ...(claim === undefined ? {} : { region: claim.region }),
      ...(refused
        ? { error: outcome.code, roleSessionName: params.get('RoleSessionName') ?? '' }
        : {
            roleSessionName: outcome.roleSessionName,
            tags: outcome.tags,
            ...(outcome.policy === undefined ? {} : { policy: outcome.policy }),
            accessKeyId: outcome.accessKeyId,
          }),
    };
    if (!refused) remember(outcome);
    trace.add(record);
    const requestId = randomUUID();
    const xml = refused ? errorXml(outcome, requestId) : sessionXml(outcome, requestId);
    response.writeHead(record.status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }).end(xml);
  }

  function decide(request: IncomingMessage, body: Buffer, params: URLSearchParams): AssumedSession | AssumeRoleRefusal {
    const { method = '', url = '', rawHeaders } = request;
    const claim = readSignature(rawHeaders);
    if (claim === undefined || claim.service !== 'sts') {
      return denied('MissingAuthenticationToken', 'Request is missing Authentication Token');
    }
    const account = options.accounts.get(claim.accessKeyId);
    if (account === undefined) {
      return denied('InvalidClientTokenId', 'The security token included in the request is invalid.');
    }
    const verdict = verifySignature({ method, url, rawHeaders, body }, claim, account.secretAccessKey, now());
    if (!verdict.ok) return denied('SignatureDoesNotMatch', verdict.reason);
    if (params.get('Action') !== 'AssumeRole' || params.get('Version') !== '2011-06-15') {
      const message = `Could not find operation ${params.get('Action')} for version ${params.get('Version')}`;
      return { status: 400, code: 'InvalidAction', message };
    }
    return assumeRole(params, account.arn, options.roles, now());
  }

  function remember(session: AssumedSession): void {
    sessions.set(session.accessKeyId, session);
    // Oldest first: a platform left running for weeks must not grow without end.
    for (const [accessKeyId] of sessions) {
      if (sessions.size <= MAX_KEPT_SESSIONS) break;
      sessions.delete(accessKeyId);
    }
  }

  const listener = await listen('STS', options.port ?? 0, answer);
  return { ...listener, sessions, records: trace.records };
}

function denied(code: string, message: string): AssumeRoleRefusal {
  return { status: 403, code, message };
}

function sessionXml(session: AssumedSession, requestId: string): string {
  const { accessKeyId, secretAccessKey, sessionToken, assumedRoleArn, assumedRoleId } = session;
  const expiration = new Date(session.expiration).toISOString();
  const utilization = Math.min(100, Math.ceil((session.policy ?? '').length / 20.48));
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${expiration}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>${assumedRoleId}</AssumedRoleId><Arn>${assumedRoleArn}</Arn></AssumedRoleUser><SessionTokenUtilization>${utilization}</SessionTokenUtilization><SessionTokenSize>${sessionToken.length}</SessionTokenSize></AssumeRoleResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></AssumeRoleResponse>`;
}

function errorXml({ code, message }: AssumeRoleRefusal, requestId: string): string {
  const text = message.replace(/[<>&'"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}
