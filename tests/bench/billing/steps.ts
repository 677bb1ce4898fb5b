import {
  comparisonSql,
  countSql,
  driftSql,
  gatherEventsSql,
  gatherInvocationsSql,
  gatherUsageSql,
  missingSql,
  orphansSql,
  type Scope,
  sourcesSql,
  unsoundSql,
} from '../../../billing/day-sql.ts';

/** What each query of a run is called in the report. */
export function stepNames(scope: Scope): (sql: string) => string {
  const names = new Map([
    [gatherUsageSql(scope), 'gather: usage records'],
    [gatherEventsSql(scope), 'gather: CloudTrail'],
    [gatherInvocationsSql(scope), 'gather: invocation log'],
    [unsoundSql(scope), 'quarantine'],
    [comparisonSql(scope), 'complete: comparison with the book'],
    [missingSql(scope), 'complete: what is missing'],
    [orphansSql(scope), 'orphans'],
    [countSql(scope, []), 'count'],
    [sourcesSql(scope), 'cross-check: sources'],
    [driftSql(scope, 'requests'), 'cross-check: requests'],
    [driftSql(scope, 'tokens'), 'cross-check: tokens'],
  ]);
  return (sql) => {
    const name = names.get(sql);
    if (name === undefined) throw new Error(`the bench does not know this query of a run: ${sql}`);
    return name;
  };
}
