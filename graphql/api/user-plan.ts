import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import { getUser, userWrite } from '../../tenancy/table/users.ts';
import type { User } from '../../tenancy/user.ts';
import type { Context } from './context.ts';
import { type UserError, userError } from './errors.ts';
import { parseIdOf, userNodeId } from './ids.ts';
import { type Carried, type Mistaken, mistaken, type Planned, planned, type Step } from './mutation.ts';
import type { Principal } from './principal.ts';
import { whyNotWritable } from './writable.ts';

export type OpenedUser = { readonly ok: true; readonly tables: Tables; readonly user: User };

/** The user that a mutation names, as it is now, if the caller may change it and has seen it as it is. */
export async function openUser(
  { access, principal }: Context,
  input: { readonly userId: string; readonly expectedVersion: number },
): Promise<OpenedUser | Mistaken> {
  const id = parseIdOf('User', input.userId);
  const reach = id && (await access.tenant(id.tenantId));
  const user = id && reach && (await getUser(reach.tables, id.tenantId, id.id));
  const tenant = user && (await getTenant(reach.tables, user.tenantId));
  // One text for what is missing and what is another tenant's: by their answers nobody finds out whom others employ.
  if (!tenant) return mistaken(userError('NOT_FOUND', 'userId', 'there is no such user'));
  const closed = whyNotWritable(principal, tenant, 'userId');
  if (closed) return mistaken(closed, user.tenantId);
  if (user.version !== input.expectedVersion) return mistaken(STALE, user.tenantId);
  return { ok: true, tables: reach.tables, user };
}

/** What goes with the change of a user. */
export type Beside = {
  readonly reason?: string;
  readonly steps?: readonly Step[];
  /** Told in the trail beside the user's own fields. */
  readonly told?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, number>>;
  readonly refusedAs?: UserError;
};

/** The plan that makes `before` into `after`: the user first, then the count of admins, as `userWrite` wants them. */
export function planUser(tables: Tables, before: User | null, after: User, beside: Beside = {}): Planned<never> {
  const { reason, steps = [], told = {}, result = {}, refusedAs } = beside;
  const [user, admins] = userWrite(tables, before, after);
  const own: Step[] = user ? [{ writes: [user], refusedAs: refusedAs ?? STALE }] : [];
  const id = userNodeId(after.tenantId, after.id);
  return planned({
    trail: after.tenantId,
    target: { kind: 'User', id },
    before: before ?? {},
    after: { ...after, ...told },
    ...(reason === undefined ? {} : { reason }),
    steps: [...own, ...(admins ? [{ writes: [admins], refusedAs: LAST_ADMIN }] : []), ...steps],
    result: { ...result, userId: id },
  });
}

const STALE = userError('CONFLICT_VERSION', 'expectedVersion', 'the user has been changed since; read it again');
export const LAST_ADMIN = userError(
  'LAST_ADMIN',
  'userId',
  'is the last admin who has signed in; another one must have done so first',
);

/**
 * A tenant's program may manage its members; who could make an admin could sign in as one, and do all that the program
 * was not given.
 */
export function whyNoAdmin(principal: Principal, field: string): UserError | null {
  if (principal.kind !== 'machine' || principal.tenantId === null) return null;
  return userError('BEYOND_OWN', field, 'a machine client of a tenant lets nobody be an admin; ask one of its admins');
}

/** The user of an answer, read anew. */
export async function answerUser(carried: Carried<never>, { loaders }: Context) {
  if (!carried.done) return { user: null, replayed: false, userErrors: [...carried.errors] };
  loaders.forget();
  const id = parseIdOf('User', String(carried.result['userId']));
  return { user: id && (await loaders.user(id.tenantId, id.id)), replayed: carried.replayed, userErrors: [] };
}
