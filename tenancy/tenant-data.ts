/** What the purge of a closed tenant does with a kind of item. */
export type Fate =
  /** It goes. */
  | { readonly fate: 'purged' }
  /** It stays; `personal` says what in it can be told to be about a person, and what becomes of that. */
  | { readonly fate: 'kept'; readonly why: string; readonly personal: string }
  /** It is not the tenant's, or nobody can say by it whose it was. */
  | { readonly fate: 'platforms'; readonly why: string };

const PURGED = { fate: 'purged' } as const;
const platforms = (why: string) => ({ fate: 'platforms', why }) as const;
const kept = (why: string, personal: string) => ({ fate: 'kept', why, personal }) as const;

const BOOKS = 'the books: an invoice must be provable for ten years';
const TRAIL = 'the trail: who did what must be provable for ten years';

/**
 * Every kind of item that `table/storage.md` knows, and what becomes of it. A kind that is missing here fails a test, and
 * stops a purge that meets it: nobody has decided about it.
 */
export const FATES = {
  TENANT: kept('the tombstone: its name is never given out again', 'nothing: the id and the time of its closing'),
  LISTED_TENANT: PURGED,
  API_KEY: PURGED,
  OWNED_KEY: PURGED,
  PROVISIONING_KEY: PURGED,
  GRANT: PURGED,
  LIMITS: PURGED,
  ROUTE_BINDING: PURGED,
  IDENTITY_PROVIDER: PURGED,
  IDENTITY_PROVIDER_OWNER: PURGED,
  CLAIMED_PAIR: PURGED,
  USER: PURGED,
  ADMINS: PURGED,
  MACHINE_CLIENT: PURGED,
  MACHINE_CLIENT_OWNER: PURGED,
  VIEW_AS: PURGED,
  VIEWED_AS: PURGED,
  GATE: PURGED,
  BUDGET_THRESHOLD: PURGED,
  NOTICE: PURGED,
  KEY_USES: PURGED,
  QUERY_BUCKET: PURGED,
  IDEMPOTENCY: PURGED,
  EXPORT: PURGED,
  EXPORT_TURN: PURGED,
  // Those before the closing, which name whom they invited, go; the closing's own stays, with its reason.
  OPERATION: kept('the record of the closing', 'nothing: ids, times, the reason of whoever closed it'),
  CURRENT_OPERATION: kept('a place that the closing holds, and gives back at its end', 'nothing'),
  // Made from the settlements, and made again from them whenever anybody needs to.
  COUNTED_REQUEST: PURGED,
  USAGE_TENANT_HOUR: PURGED,
  USAGE_TENANT_DAY: PURGED,
  USAGE_HOUR: PURGED,
  USAGE_DAY: PURGED,
  USAGE_USER_DAY: PURGED,
  USAGE_MONTH: PURGED,
  USAGE_SESSION: PURGED,
  BILLING_DAY: kept(BOOKS, 'nothing of its people: ids of requests, and of staff who answered for a day'),
  BILLING_LINES: kept(BOOKS, 'nothing: counts and prices'),
  BILLING_PERIOD: kept(
    BOOKS,
    'nothing of its people: sums and times, and ids and reasons of staff who answered for a month',
  ),
  BILLING_ADJUSTMENT: kept(BOOKS, 'nothing of its people: amounts, and a reason in the words of billing or of staff'),
  BILLING_COMMAND: kept(BOOKS, 'nothing: ids and times, and what the payment service answered'),
  BILLING_ACCOUNT: kept(BOOKS, 'nothing: ids at the payment service, which has its own books'),
  INVOICE: kept(BOOKS, 'nothing: ids, sums and times'),
  METER_ERROR: kept(BOOKS, 'nothing: a day, and why its value was not counted'),
  REQUEST: kept(BOOKS, 'ids of users, keys and sessions, which lead to nobody once the users are gone'),
  AUDIT: kept(TRAIL, 'taken out: what was changed into what, reasons, addresses, programs; the ids of people stay'),
  AUDIT_LINK: kept(TRAIL, 'nothing'),
  AUDIT_HEAD: kept(TRAIL, 'nothing'),
  STAFF: platforms('the platform’s own people'),
  MODEL: platforms('the catalogue'),
  MODEL_ALIAS: platforms('the catalogue'),
  LISTED_MODEL: platforms('the catalogue'),
  PRICE: platforms('the catalogue'),
  LEARNT_BETA: platforms('of a model'),
  PASSPORT_KEY: platforms('of the edge'),
  SWITCHES: platforms('of a region'),
  BILLING_RUN: platforms('how far the daily run is'),
  BILLING_DAY_RUN: platforms('what the runs of a day came to, of all tenants together'),
  STRIPE_EVENT: platforms('the mark of an event that was applied; ends after 90 days'),
  SHARE_WINDOW: platforms('of a model; names the tenants that used it, and ends after seconds'),
} as const satisfies Readonly<Record<string, Fate>>;

export type ItemKind = keyof typeof FATES;

/** @throws Error for a kind about which nobody has decided */
export function fateOf(kind: unknown): Fate['fate'] {
  if (typeof kind === 'string' && Object.hasOwn(FATES, kind)) return FATES[kind as ItemKind].fate;
  throw new Error(`nobody has decided what becomes of items of the kind ${JSON.stringify(kind)}`);
}
