import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { decideClaims, type PreTokenDeps, type PreTokenEvent } from './claims.ts';

const environment = readEnvironment('graphql/pre-token', process.env, Date.now);
const deps: PreTokenDeps = {
  // Cognito waits for five seconds in all, and then asks again.
  tables: environment.tablesIn(environment.region, { attempts: 2, timeoutMs: 1_000 }),
  now: Date.now,
  log: (entry) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...entry })}\n`),
};

/** Cognito's pre-token trigger, version 3 of the event. */
export function handler(event: PreTokenEvent): Promise<PreTokenEvent> {
  return decideClaims(deps, event);
}
