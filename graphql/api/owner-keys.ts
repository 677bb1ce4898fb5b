import type { ApiKey } from '../../tenancy/api-key.ts';
import { apiKeyWrite, listApiKeys } from '../../tenancy/table/api-keys.ts';
import { auditWrite } from '../../tenancy/table/audit.ts';
import { commit, type Write } from '../../tenancy/table/commit.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { User } from '../../tenancy/user.ts';
import type { Context } from './context.ts';
import { GraphqlRefusal } from './errors.ts';
import { userNodeId } from './ids.ts';
import { entryOf } from './mutation.ts';

/** How many keys end in one transaction, of whose 100 parts the change around them needs some. */
export const KEYS_AT_ONCE = 40;
const PAGE = 100;
const TRIES = 4;

/** The parts of a transaction that end keys because their owner has gone. */
export function endingKeys(tables: Tables, keys: readonly ApiKey[]): Write[] {
  return keys.flatMap((key) =>
    apiKeyWrite(tables, { ...key, state: 'REVOKED', revokedReason: 'owner disabled', version: key.version + 1 }),
  );
}

/**
 * Ends keys of a user, a batch at a time, each with its entry in the trail, until no more than `leave` are left.
 * @returns how many it ended, and those left
 * @throws GraphqlRefusal when others change the same keys all the time
 */
export async function endKeys(
  action: string,
  tables: Tables,
  user: User,
  leave: number,
  context: Context,
): Promise<{ readonly ended: number; readonly left: readonly ApiKey[] }> {
  let ended = 0;
  for (let failed = 0; ; ) {
    const live = await liveKeys(tables, user);
    if (live.length <= leave) return { ended, left: live };
    const batch = live.slice(0, KEYS_AT_ONCE);
    const entry = entryOf(
      action,
      {
        trail: user.tenantId,
        target: { kind: 'User', id: userNodeId(user.tenantId, user.id) },
        before: {},
        after: { revokedApiKeys: batch.map(({ keyId }) => keyId) },
        reason: 'keys that end before or after their owner',
      },
      context,
    );
    const { outcome } = await commit([...endingKeys(tables, batch), auditWrite(tables, entry)]);
    if (outcome === 'done') ended += batch.length;
    else if (++failed === TRIES) {
      throw new GraphqlRefusal('UNAVAILABLE', 'keys of the user are being changed at this moment; try again');
    }
  }
}

async function liveKeys(tables: Tables, { tenantId, id: ownerId }: User): Promise<ApiKey[]> {
  const live: ApiKey[] = [];
  let after: string | undefined;
  do {
    const page = await listApiKeys(tables, tenantId, {
      limit: PAGE,
      ownerId,
      ...(after === undefined ? {} : { after }),
    });
    live.push(...page.items.filter(({ state }) => state !== 'REVOKED'));
    after = page.next;
  } while (after !== undefined);
  return live;
}
