import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { confirmUser, type PostConfirmationDeps } from './confirmation.ts';

const environment = readEnvironment('graphql/post-confirmation', process.env, Date.now);
const deps: PostConfirmationDeps = {
  // Cognito waits for five seconds in all, and then asks again.
  tables: environment.tablesIn(environment.region, { attempts: 2, timeoutMs: 1_000 }),
  log: (entry) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...entry })}\n`),
};

/** Cognito's post-confirmation trigger. */
export function handler(event: PostConfirmationTriggerEvent): Promise<PostConfirmationTriggerEvent> {
  return confirmUser(deps, event);
}
