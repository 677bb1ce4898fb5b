import { canonicalJson } from '../../tenancy/audit-chain.ts';
import { toCsv } from '../../tenancy/csv.ts';
import type { Export } from '../../tenancy/export.ts';
import {
  ARCHIVE_LISTS,
  type ArchiveRecord,
  archiveRecords,
  requestRecords,
} from '../../tenancy/table/archive-records.ts';
import { auditPages } from '../../tenancy/table/audit-chain.ts';
import { firstDay, type TenantStores } from '../../tenancy/table/tenant-items.ts';
import { type UsageSum, usagePages } from '../../tenancy/table/usage-sums.ts';
import { COUNT_COLUMNS, usageCounts } from '../api/usage-report.ts';
import { regionName } from '../api/words.ts';
import { auditLine } from './lines.ts';

/** A file of the archive; its content comes as it is read, page by page. */
export type ArchiveFile = { readonly name: string; readonly content: () => AsyncIterable<string> };

const DAY_MS = 86_400_000;

/** What is in the archive of a tenant, beside the manifest and its signature. */
export function archiveFiles(one: Export, stores: TenantStores): ArchiveFile[] {
  return [
    { name: 'README.txt', content: () => lines([README]) },
    ...ARCHIVE_LISTS.map((list) => ({
      name: `${list}.json`,
      content: () => jsonList(archiveRecords(stores.control, one.tenantId, list)),
    })),
    { name: 'usage-by-day.csv', content: () => usage(one, stores, 'day') },
    { name: 'usage-by-month.csv', content: () => usage(one, stores, 'month') },
    { name: 'requests.jsonl', content: () => requests(one, stores) },
    { name: 'audit.jsonl', content: () => trail(one, stores) },
  ];
}

async function* lines(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

async function* jsonList(pages: AsyncIterable<readonly ArchiveRecord[]>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const page of pages) {
    yield page.map((record) => `${page[0] === record ? before : ',\n'}${canonicalJson(record)}`).join('');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** Days (`2026-11-22`) from the first of which there is anything to the one on which the archive was asked for. */
async function daysOf({ tenantId, requestedAt }: Export, stores: TenantStores): Promise<string[]> {
  const first = await firstDay(stores, tenantId, requestedAt);
  const count = Math.floor((requestedAt - first) / DAY_MS) + 1;
  return Array.from({ length: count }, (_, n) =>
    new Date(first + n * DAY_MS).toISOString().slice(0, 'yyyy-mm-dd'.length),
  );
}

async function* usage(one: Export, stores: TenantStores, sum: 'day' | 'month'): AsyncGenerator<string> {
  yield toCsv([[sum, 'userId', 'apiKeyId', 'model', 'region', ...COUNT_COLUMNS]]);
  const days = await daysOf(one, stores);
  const windows = sum === 'day' ? days : [...new Set(days.map((day) => day.slice(0, 'yyyy-mm'.length)))];
  for (const window of windows) {
    for (const tables of stores.ledgers) {
      for await (const page of usagePages(tables, one.tenantId, sum, window)) yield toCsv(page.map(usageRow));
    }
  }
}

function usageRow({ slot, counts }: UsageSum): string[] {
  const named = usageCounts(counts);
  const { window, identityId = '', keyId = '', model, region } = slot;
  return [window, identityId, keyId, model, regionName(region), ...COUNT_COLUMNS.map((name) => String(named[name]))];
}

async function* requests(one: Export, stores: TenantStores): AsyncGenerator<string> {
  for (const day of await daysOf(one, stores)) {
    for (const tables of stores.ledgers) {
      for await (const page of requestRecords(tables, one.tenantId, day)) {
        yield page.map((record) => `${canonicalJson(record)}\n`).join('');
      }
    }
  }
}

async function* trail({ tenantId }: Export, { control }: TenantStores): AsyncGenerator<string> {
  // All there is, and not until a time: what was told last is what led to the closing.
  for await (const page of auditPages(control, tenantId, { from: 0, until: 2 ** 48 - 1 })) {
    yield page.map(({ found, link }) => `${auditLine(found, link)}\n`).join('');
  }
}

const README = `All that was kept of a tenant when it was closed.

tenant.json             the tenant
users.json              its people
grants.json             what they, and their keys, were allowed
api-keys.json           its API keys, without secrets
machine-clients.json    its machine clients, without secrets
limits.json             limits of single users and keys; those of all stand in tenant.json
route-bindings.json     its paths and the agents behind them
identity-provider.json  its own identity provider
usage-by-day.csv        usage by day, user, key, model and region, UTC
usage-by-month.csv      the same by month
requests.jsonl          every request with its settlement; money in nano-USD, times in ms since 1970
audit.jsonl             who did what; SHA-256 over previousHash, a line feed and the text of "entry" is "hash"
manifest.json           SHA-256 and length of every file above
manifest.sig            Ed25519 signature of manifest.json

To verify, with the public key that the platform gave you as key.pem:

  openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in manifest.json -sigfile manifest.sig
  sed -n 's/.*"name":"\\([^"]*\\)".*"sha256":"\\([0-9a-f]*\\)".*/\\2  \\1/p' manifest.json | sha256sum -c
`;
