/** A statement of an IAM policy, as it is written into one. */
export type PolicyStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: PolicyCondition;
};

export type TrustStatement = {
  readonly Effect: 'Allow';
  readonly Principal: { readonly AWS: readonly string[] };
  readonly Action: readonly string[];
  readonly Condition: PolicyCondition;
};

type PolicyCondition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** The session tag that names the tenant. STS lets no `*`, `?`, `#` or `$` into a tag's value: it is never a pattern. */
export const TENANT_TAG = 'tenant_id';

const TENANT = `\${aws:PrincipalTag/${TENANT_TAG}}`;

/** Two patterns: a single one with a `*` right after the id would open `acme-labs` to `acme`. */
const OWN_KEYS = [`TENANT#${TENANT}`, `TENANT#${TENANT}#*`] as const;

/**
 * What only the platform's staff set, though it stands at a tenant's own keys: where the tenant is served and what it
 * bought, and what makes a grant the platform's. IAM sees no sort keys; it does see the attributes that a write names.
 */
const PLATFORMS_ATTRIBUTES = [
  'tier',
  'nextTier',
  'homeRegion',
  'allowedRegions',
  'residency',
  'notes',
  'byPlatform',
  'runtimeArn',
  'issuer',
] as const;

/** Neither Scan nor PartiQL nor BatchWriteItem. A transaction is allowed item by item, each as the action that it does. */
const READS = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'] as const;
const WRITES = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'] as const;

/** What a tenant's people change, and the notes on requests that are carried out once; no gate, no usage, no request. */
const CHANGED_KEYS = [`TENANT#${TENANT}`, `TENANT#${TENANT}#ONCE#*`] as const;
/** Partitions that they add to: an entry in the trail is never changed, and an export only by the worker that makes it. */
const ADDED_KEYS = [`TENANT#${TENANT}#AUDIT`, `TENANT#${TENANT}#EXPORT`] as const;

/**
 * What the role may do that the control plane assumes for a caller of one tenant: a second wall behind its own checks.
 * A resolver that mixes up two tenants reads nothing.
 *
 * `ForAllValues` holds for no values at all, hence the `Null` beside it: a call whose keys IAM is not told is refused.
 * Of the indexes only `byDay`, where what is a tenant's stands in partitions that begin with the tenant; `open` is shared by
 * all. What billing knows of a tenant it may read, and never write.
 */
export function tenantPolicyStatements(tables: {
  readonly directoryArn: string;
  /** One per region. */
  readonly ledgerArns: readonly string[];
}): PolicyStatement[] {
  const both = [tables.directoryArn, ...tables.ledgerArns];
  const indexes = tables.ledgerArns.map((arn) => `${arn}/index/byDay`);
  const at = (keys: readonly string[]): PolicyCondition => ({
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
  return [
    { Sid: 'Reads', Effect: 'Allow', Action: READS, Resource: [...both, ...indexes], Condition: at(OWN_KEYS) },
    { Sid: 'Changes', Effect: 'Allow', Action: WRITES, Resource: both, Condition: at(CHANGED_KEYS) },
    {
      Sid: 'Additions',
      Effect: 'Allow',
      Action: ['dynamodb:PutItem'],
      Resource: tables.ledgerArns,
      Condition: at(ADDED_KEYS),
    },
    {
      Sid: 'NothingOfThePlatforms',
      Effect: 'Deny',
      Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
      Resource: ['*'],
      Condition: { 'ForAnyValue:StringEquals': { 'dynamodb:Attributes': PLATFORMS_ATTRIBUTES } },
    },
    {
      // Not allowed above either: so that no statement that is added later, here or beside, opens them.
      Sid: 'NoScan',
      Effect: 'Deny',
      Action: ['dynamodb:Scan', 'dynamodb:PartiQL*', 'dynamodb:BatchWriteItem', 'dynamodb:ExportTableToPointInTime'],
      Resource: ['*'],
    },
    {
      Sid: 'NoFullTableScan',
      Effect: 'Deny',
      Action: ['dynamodb:*'],
      Resource: ['*'],
      Condition: { Bool: { 'dynamodb:FullTableScan': 'true' } },
    },
  ];
}

/**
 * Who may assume that role: the control plane's own roles, with the one tag and no other. Without the tag every key of
 * the policy would stay unresolved, which allows nothing; but a role that comes about without its tenant is a fault, and
 * is refused where it is made.
 */
export function tenantTrustStatement(trustedRoleArns: readonly string[]): TrustStatement {
  return {
    Effect: 'Allow',
    Principal: { AWS: trustedRoleArns },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringLike: { [`aws:RequestTag/${TENANT_TAG}`]: '?*' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': [TENANT_TAG] },
    },
  };
}
