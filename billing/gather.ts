import { gatherEventsSql, gatherInvocationsSql, gatherUsageSql, type Scope } from './day-sql.ts';
import type { Lake } from './lake.ts';

export type Gathering = Pick<Lake, 'unload' | 'list' | 'remove'>;

/**
 * Reads each source of a day once, and keeps what the run asks of it in a few columns: what has arrived of our own records,
 * CloudTrail's events and Bedrock's invocation log. All later queries read that, so what is counted is what was compared.
 * What an earlier run of the day has gathered is replaced.
 */
export async function gatherDay(lake: Gathering, scope: Scope): Promise<void> {
  await gatherUsage(lake, scope);
  await replace(lake, scope, 'events', gatherEventsSql(scope));
  await replace(lake, scope, 'invocations', gatherInvocationsSql(scope));
}

/** The same for our own records alone, when some were written again. */
export function gatherUsage(lake: Gathering, scope: Scope): Promise<void> {
  return replace(lake, scope, 'usage', gatherUsageSql(scope));
}

/** A run that dies in between leaves files that are not whole: each begins by taking away what is there. */
async function replace(
  lake: Gathering,
  { day }: Scope,
  what: 'usage' | 'events' | 'invocations',
  sql: string,
): Promise<void> {
  const prefix = `gathered/${what}/day=${day}/`;
  for (const key of await lake.list(prefix)) await lake.remove(key);
  await lake.unload(sql, prefix);
}
