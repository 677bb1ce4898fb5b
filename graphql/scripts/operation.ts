import { type Client, userErrorText } from './client.ts';
import { type FollowedOperationFragment, OperationById, RetryOperation } from './documents.ts';
import { onceKey } from './once.ts';
import type { Tools } from './script.ts';

/** How an operation stands when nobody waits for it any more. */
export type Followed =
  | { readonly ended: 'succeeded' | 'waiting'; readonly operation: FollowedOperationFragment }
  | { readonly ended: 'failed' | 'late'; readonly operation: FollowedOperationFragment; readonly why: string };

const LOOK_EVERY_MS = 1_000;

/**
 * Waits until an operation is over, or has nothing to do before a day that is far, and tells each step as it changes.
 * @param patienceMs for all of it
 */
export async function follow(
  first: FollowedOperationFragment,
  patienceMs: number,
  { client, report, now, sleep }: Pick<Tools, 'client' | 'report' | 'now' | 'sleep'>,
): Promise<Followed> {
  const end = now() + patienceMs;
  let told = '';
  for (let operation = first; ; operation = await readAgain(client, operation)) {
    const line = stepText(operation);
    if (line !== told) report.note(line);
    told = line;
    switch (operation.status) {
      case 'SUCCEEDED':
        return { ended: 'succeeded', operation };
      case 'WAITING':
        if (operation.dueAt === null || Date.parse(operation.dueAt) > end) return { ended: 'waiting', operation };
        break;
      case 'FAILED':
        return { ended: 'failed', operation, why: `${line}; run it again, and it goes on from there` };
      case 'RUNNING':
        break;
    }
    if (now() > end) return { ended: 'late', operation, why: `${line}; it goes on, ask again later` };
    await sleep(LOOK_EVERY_MS);
  }
}

async function readAgain(client: Client, last: FollowedOperationFragment): Promise<FollowedOperationFragment> {
  // Of what has this id the type is known: an id says it.
  const { node } = await client.ask(OperationById, { id: last.id });
  return (node as FollowedOperationFragment | null) ?? last;
}

/**
 * Makes a failed operation go on; any other stays as it is.
 * @param more whom an onboarding is to invite that has invited nobody yet
 * @returns why not, when it cannot
 */
export async function goOn(
  client: Client,
  script: string,
  operation: FollowedOperationFragment,
  more: { readonly adminEmail?: string } = {},
): Promise<FollowedOperationFragment | string> {
  if (operation.status !== 'FAILED') return operation;
  // Failed again, it is another wish: then something of its steps is another, too.
  const idempotencyKey = onceKey(script, operation.id, { ...operation, ...more });
  const { retryOperation: payload } = await client.ask(RetryOperation, {
    input: { idempotencyKey, operationId: operation.id, ...more },
  });
  return payload.operation ?? userErrorText(payload.userErrors, { adminEmail: '--admin-email' });
}

/** The step that it is at: `call_hostname RUNNING, try 3: why`. */
function stepText({ kind, status, steps }: FollowedOperationFragment): string {
  const at =
    steps.find((step) => step.status !== 'DONE' && step.status !== 'PENDING') ??
    steps.findLast(({ status: of }) => of === 'DONE');
  if (status === 'SUCCEEDED' || !at) return `${kind} ${status}`;
  const { name, status: of, attempts, detail } = at;
  return `${kind} ${status}: ${name} ${of}${attempts > 1 ? `, try ${attempts}` : ''}${detail ? `: ${detail}` : ''}`;
}
