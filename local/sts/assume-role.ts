import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { isPolicy } from '../policy.ts';

/** What AssumeRole made, as the services that are called with it need to know it. */
export interface AssumedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The inline session policy's text; absent = only the role's own policy limits. */
  readonly policy?: string;
  readonly roleSessionName: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session name>` */
  readonly assumedRoleArn: string;
  /** `<the role's unique id>:<session name>` */
  readonly assumedRoleId: string;
  /** ms since the epoch */
  readonly assumedAt: number;
  /** ms since the epoch */
  readonly expiration: number;
}

/** What the trust of the role for Bedrock demands. */
export const BEDROCK_TAGS = ['tenant_id', 'identity_id', 'caller_type', 'bedrock_region'] as const;

/** A role's trust policy, as far as the platform's roles use one. */
export interface Role {
  readonly externalId: string;
  /** ARNs of the principals that may assume it. */
  readonly trusts: readonly string[];
  /** Its trust demands these (`aws:RequestTag/<key>` must not be null), so that no untagged session can exist. */
  readonly tags: readonly string[];
}

export interface AssumeRoleRefusal {
  readonly status: 400 | 403;
  readonly code: string;
  readonly message: string;
}

const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64})$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** Session policy and tags share one packed budget; AWS does not publish the packing, deflate is near enough. */
const PACKED_BUDGET = 2048;

/**
 * AssumeRole as STS decides it: shape first (400), then the role's trust (403). `params` are the decoded form fields,
 * `callerArn` the proven principal, `now` ms since the epoch.
 */
export function assumeRole(
  params: URLSearchParams,
  callerArn: string,
  roles: ReadonlyMap<string, Role>,
  now: number,
): AssumedSession | AssumeRoleRefusal {
  const roleArn = params.get('RoleArn') ?? '';
  const [, account, roleName] = ROLE_ARN.exec(roleArn) ?? [];
  if (account === undefined) return invalid(`${roleArn} is invalid`);
  const roleSessionName = params.get('RoleSessionName') ?? '';
  if (!SESSION_NAME.test(roleSessionName)) return unsatisfied(roleSessionName, 'roleSessionName', SESSION_NAME.source);
  const duration = readDuration(params.get('DurationSeconds'));
  if (typeof duration !== 'number') return duration;
  const tags = readTags(params);
  if (!(tags instanceof Map)) return tags;
  const policy = params.get('Policy') ?? undefined;
  const policyRefusal = checkPolicy(policy, tags);
  if (policyRefusal !== undefined) return policyRefusal;

  const role = roles.get(roleArn);
  const trusted =
    role?.trusts.includes(callerArn) &&
    params.get('ExternalId') === role.externalId &&
    role.tags.every((key) => (tags.get(key) ?? '') !== '');
  // One answer for an unknown role, a wrong ExternalId and a missing tag: STS does not say which condition failed.
  if (!trusted) {
    const message = `User: ${callerArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    return { status: 403, code: 'AccessDenied', message };
  }
  return {
    accessKeyId: `ASIA${randomText(16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: `IQoJ${randomBytes(180).toString('base64')}`,
    tags: Object.fromEntries(tags),
    ...(policy === undefined ? {} : { policy }),
    roleSessionName,
    assumedRoleArn: `arn:aws:sts::${account}:assumed-role/${roleName}/${roleSessionName}`,
    assumedRoleId: `${roleId(roleArn)}:${roleSessionName}`,
    assumedAt: now,
    expiration: now + duration * 1000,
  };
}

/** Seconds; the upper bound is the one-hour limit of role chaining, for the caller always runs under a role itself. */
function readDuration(text: string | null): number | AssumeRoleRefusal {
  const seconds = Number(text ?? 3600);
  if (!Number.isInteger(seconds) || seconds < 900) {
    return unsatisfied(text ?? '', 'durationSeconds', 'value greater than or equal to 900');
  }
  if (seconds > 3600) {
    return invalid('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining');
  }
  return seconds;
}

function readTags(params: URLSearchParams): Map<string, string> | AssumeRoleRefusal {
  const tags = new Map<string, string>();
  const seen = new Set<string>();
  for (let n = 1; params.has(`Tags.member.${n}.Key`); n += 1) {
    const key = params.get(`Tags.member.${n}.Key`) ?? '';
    const value = params.get(`Tags.member.${n}.Value`) ?? '';
    if (key === '' || key.length > 128 || !TAG_TEXT.test(key))
      return unsatisfied(key, `tags.${n}.member.key`, 'tag key');
    if (value.length > 256 || !TAG_TEXT.test(value)) return unsatisfied(value, `tags.${n}.member.value`, 'tag value');
    if (seen.has(key.toLowerCase())) {
      const message = 'Duplicate tag keys found. Please note that Tag keys are case insensitive.';
      return { status: 400, code: 'InvalidParameterValue', message };
    }
    seen.add(key.toLowerCase());
    tags.set(key, value);
  }
  return tags.size > 50 ? unsatisfied(`${tags.size} tags`, 'tags', 'length less than or equal to 50') : tags;
}

function checkPolicy(policy: string | undefined, tags: ReadonlyMap<string, string>): AssumeRoleRefusal | undefined {
  if (policy !== undefined) {
    if (policy.length > 2048) return unsatisfied('the session policy', 'policy', 'length less than or equal to 2048');
    if (!isPolicy(policy)) {
      return { status: 400, code: 'MalformedPolicyDocument', message: 'Syntax errors in policy.' };
    }
  }
  const packed = Math.ceil((deflateRawSync(JSON.stringify([policy, ...tags])).length / PACKED_BUDGET) * 100);
  if (packed <= 100) return undefined;
  const message = `Packed size of session tags and session policy consumes ${packed}% of allotted space.`;
  return { status: 400, code: 'PackedPolicyTooLarge', message };
}

function unsatisfied(value: string, field: string, constraint: string): AssumeRoleRefusal {
  const problem = `Value '${value}' at '${field}' failed to satisfy constraint: Member must have ${constraint}`;
  return invalid(`1 validation error detected: ${problem}`);
}

function invalid(message: string): AssumeRoleRefusal {
  return { status: 400, code: 'ValidationError', message };
}

/** A role has one id for life, however often it is assumed. */
function roleId(roleArn: string): string {
  return `AROA${idText(createHash('sha256').update(roleArn).digest().subarray(0, 17))}`;
}

function randomText(length: number): string {
  return idText(randomBytes(length));
}

function idText(bytes: Buffer): string {
  return [...bytes].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('');
}
