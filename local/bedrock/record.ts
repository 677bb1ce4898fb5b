import type { Usage } from './usage.ts';

/** One line of the log: who asked what and what it cost, never a word of the prompt or the answer. */
export interface BedrockRecord {
  readonly at: string;
  /** The answer's `x-amzn-requestid`. */
  readonly requestId: string;
  readonly path: string;
  readonly stream: boolean;
  /** `unchecked` when an outside STS made the credentials; then session name and tags are unknown. */
  readonly signature: 'verified' | 'unchecked' | 'refused';
  /** 0 when the connection was broken off, or left silent, before an answer. */
  readonly status: number;
  /** The exception, or how a stream broke off. */
  readonly error?: string;
  readonly modelId?: string;
  readonly region?: string;
  readonly roleSessionName?: string;
  /** The session tags of the AssumeRole that made the credentials. */
  readonly tenantTags?: Readonly<Record<string, string>>;
  /** Whom the request was made for, as its metadata says (`tenant_id`). */
  readonly tenant?: string;
  readonly requestMetadata?: Readonly<Record<string, string>>;
  /** The headers of a distributed trace, as they came. */
  readonly trace?: Readonly<Record<string, string>>;
  readonly anthropicBeta?: readonly string[];
  readonly usage?: Usage;
  /** What CountTokens answered; it costs nothing, so such a line has no usage. */
  readonly counted?: number;
  /** Content deltas that were sent. */
  readonly deltas?: number;
}
