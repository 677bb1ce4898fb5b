/**
 * The part of IAM's policy language that the platform's session policies use: Effect, Action, Resource and the string
 * and ARN conditions. What it does not know never allows, and in a Deny it denies, so that a policy which passes here
 * does not fail at AWS.
 */
interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

type Context = Readonly<Record<string, string>>;

/** Whether the text is a policy document at all; STS refuses anything else as malformed. */
export function isPolicy(text: string): boolean {
  try {
    const document = JSON.parse(text) as { Version?: unknown };
    const statements = statementsOf(text);
    return document.Version === '2012-10-17' && statements.length > 0 && statements.every(isStatement);
  } catch {
    return false;
  }
}

/** Whether the policy text allows the action on the resource; `context` holds the condition keys' values. */
export function policyAllows(policy: string, action: string, resource: string, context: Context): boolean {
  const statements = statementsOf(policy);
  const fits = (statement: Statement): boolean | 'unknown' => {
    if (statement.Action === undefined || statement.Resource === undefined) return 'unknown';
    const concerned = someMatch(statement.Action, action, 'i') && someMatch(statement.Resource, resource, '');
    return concerned && conditionHolds(statement.Condition, context);
  };
  const denied = statements.some((statement) => statement.Effect !== 'Allow' && fits(statement) !== false);
  return !denied && statements.some((statement) => statement.Effect === 'Allow' && fits(statement) === true);
}

function statementsOf(policy: string): Statement[] {
  const { Statement: given } = JSON.parse(policy) as { Statement: Statement | Statement[] };
  return [given].flat();
}

function isStatement(statement: Statement): boolean {
  const fields = Object.keys(statement);
  return (
    (statement.Effect === 'Allow' || statement.Effect === 'Deny') &&
    ['Action', 'NotAction'].some((field) => fields.includes(field)) &&
    ['Resource', 'NotResource'].some((field) => fields.includes(field))
  );
}

function conditionHolds(condition: unknown, context: Context): boolean | 'unknown' {
  for (const [operator, tests] of Object.entries(condition ?? {})) {
    const exact = operator === 'StringEquals';
    if (!exact && !['StringLike', 'ArnLike', 'ArnEquals'].includes(operator)) return 'unknown';
    for (const [key, wanted] of Object.entries(tests as Record<string, unknown>)) {
      const actual = context[key];
      if (actual === undefined) return false;
      if (exact ? ![wanted].flat().includes(actual) : !someMatch(wanted, actual, '')) return false;
    }
  }
  return true;
}

function someMatch(patterns: unknown, text: string, flags: 'i' | ''): boolean {
  return [patterns].flat().some((pattern) => {
    if (typeof pattern !== 'string') return false;
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`, flags).test(text);
  });
}
