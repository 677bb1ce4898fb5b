import { accountOf, type Caller } from '../access.ts';
import type { Usage } from '../usage.ts';
import { seconds } from './cloudtrail.ts';

/** A call that ran a model, as the invocation log sees it. */
export interface LoggedInvocation {
  /** The operation's name. */
  readonly operation: string;
  /** As the caller gave it. */
  readonly modelId: string;
  /** The ARN of the profile or model that was called. */
  readonly modelArn: string;
  readonly caller: Caller;
  readonly requestId: string;
  /** ms since the epoch when the request arrived. */
  readonly at: number;
  /** What AWS bills: of the whole generation, whether or not anybody read it to its end. */
  readonly usage: Usage;
  readonly requestMetadata?: Readonly<Record<string, string>>;
}

/**
 * A record of Bedrock's model invocation log, version 1.0, as it is with the delivery of text switched off: tokens and
 * no word. It does not tell the two lifetimes of a cache write apart.
 * Source: "Monitor model invocation using CloudWatch Logs and Amazon S3" of AWS's documentation.
 */
export function invocationRecord(invocation: LoggedInvocation): object {
  const { caller, usage, requestMetadata, modelArn } = invocation;
  const byProfile = modelArn.includes(':inference-profile/');
  return {
    timestamp: seconds(invocation.at),
    accountId: accountOf(caller),
    identity: { arn: caller.session?.assumedRoleArn ?? '' },
    region: caller.region,
    requestId: invocation.requestId,
    operation: invocation.operation,
    // A profile by its ARN, a foundation model as it was called.
    modelId: byProfile ? modelArn : invocation.modelId,
    input: {
      inputContentType: 'application/json',
      inputTokenCount: usage.input,
      cacheReadInputTokenCount: usage.cacheRead,
      cacheWriteInputTokenCount: usage.cacheWrite5m + usage.cacheWrite1h,
    },
    output: { outputContentType: 'application/json', outputTokenCount: usage.output },
    ...(byProfile && { inferenceRegion: caller.region }),
    ...(requestMetadata && { requestMetadata }),
    schemaType: 'ModelInvocationLog',
    schemaVersion: '1.0',
  };
}
