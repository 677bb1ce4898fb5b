import { randomUUID } from 'node:crypto';
import { accountOf, type Caller } from '../access.ts';
import type { ExceptionName, Refusal } from '../exceptions.ts';

/** A call as CloudTrail sees it: who, what, from where, and whether it was refused; never what was said. */
export interface TrailedCall {
  /** The operation's name. */
  readonly operation: string;
  /** As the caller gave it. */
  readonly modelId: string;
  readonly caller: Caller;
  /** The answer's `x-amzn-requestid`. */
  readonly requestId: string;
  /** ms since the epoch when the request arrived. */
  readonly at: number;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly host: string;
  readonly refusal?: Refusal;
}

/**
 * A management event of CloudTrail's record version 1.11, as Bedrock's runtime writes one for each call of a proven
 * caller. Every call has its own `eventID`; an event that is delivered twice keeps it.
 * Source: "CloudTrail record contents" and "Log Amazon Bedrock API calls using AWS CloudTrail" of AWS's documentation.
 */
export function cloudTrailEvent(call: TrailedCall): object {
  const { caller, refusal } = call;
  const account = accountOf(caller);
  return {
    eventVersion: '1.11',
    userIdentity: userIdentity(caller, account),
    eventTime: seconds(call.at),
    eventSource: 'bedrock.amazonaws.com',
    eventName: call.operation,
    awsRegion: caller.region,
    sourceIPAddress: call.sourceIp,
    userAgent: call.userAgent,
    ...(refusal && { errorCode: errorCode(refusal.exception), errorMessage: refusal.message }),
    requestParameters: { modelId: call.modelId },
    responseElements: null,
    requestID: call.requestId,
    eventID: randomUUID(),
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    // What AWS's endpoints speak; the stand-in itself speaks plain HTTP.
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: call.host,
    },
  };
}

/** Without a session the credentials are of an outside STS: then nothing but the account is known. */
function userIdentity({ session }: Caller, account: string): object {
  if (session === undefined) return { type: 'AssumedRole', accountId: account };
  const [, role = ''] = session.assumedRoleArn.split('/');
  return {
    type: 'AssumedRole',
    principalId: session.assumedRoleId,
    arn: session.assumedRoleArn,
    accountId: account,
    accessKeyId: session.accessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: session.assumedRoleId.split(':')[0],
        arn: `arn:aws:iam::${account}:role/${role}`,
        accountId: account,
        userName: role,
      },
      attributes: { creationDate: seconds(session.assumedAt), mfaAuthenticated: 'false' },
    },
  };
}

/** CloudTrail names what IAM denies without the suffix, whatever the service's own exception is called. */
function errorCode(exception: ExceptionName): string {
  return exception === 'AccessDeniedException' ? 'AccessDenied' : exception;
}

/** AWS's logs are exact to the second. */
export function seconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
