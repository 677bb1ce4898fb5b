import { hash } from 'node:crypto';
import { type ChainLink, canonicalJson, partEntry, sealedForm } from '../../tenancy/audit-chain.ts';
import { toCsv } from '../../tenancy/csv.ts';
import { type Export, exportDays } from '../../tenancy/export.ts';
import { auditPages, type FoundAudit } from '../../tenancy/table/audit-chain.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { type UsageSum, usagePages } from '../../tenancy/table/usage-sums.ts';
import { apiKeyNodeId, userNodeId } from '../api/ids.ts';
import { COUNT_COLUMNS, usageCounts } from '../api/usage-report.ts';
import { regionName } from '../api/words.ts';
import { type Piece, statementOf } from './statement.ts';

/** Where an export's rows are: usage is in the ledger of the tenant's home region, trails and books in the control region's. */
export type Sources = { readonly home: Tables; readonly control: Tables };

const sha256 = (text: string): string => hash('sha256', text);

const DAY_MS = 86_400_000;

/** The file's lines, page by page as they are read. */
export async function* linesOf(one: Export, { home, control }: Sources): AsyncGenerator<Piece> {
  if (one.kind === 'STATEMENT') return yield* statementOf(one, control);
  if (one.kind === 'AUDIT') {
    const range = { from: Date.parse(one.from), until: Date.parse(one.to) + DAY_MS };
    for await (const page of auditPages(control, one.tenantId, range)) {
      yield { text: page.map(({ found, link }) => `${auditLine(found, link)}\n`).join(''), rows: page.length };
    }
    return;
  }
  yield { text: toCsv([['start', 'userId', 'apiKeyId', 'model', 'region', ...COUNT_COLUMNS]]), rows: 0 };
  for (const day of exportDays(one)) {
    for await (const page of usagePages(home, one.tenantId, 'hour', day)) {
      yield { text: toCsv(page.map((hour) => usageRow(one, hour))), rows: page.length };
    }
  }
}

/** The same columns as in the API's own CSV of usage. */
function usageRow({ tenantId }: Export, { slot, counts }: UsageSum): string[] {
  const { window, identityId, keyId, model, region } = slot;
  const named = usageCounts(counts);
  return [
    new Date(`${window}:00Z`).toISOString(),
    identityId === undefined ? '' : userNodeId(tenantId, identityId),
    keyId === undefined ? '' : apiKeyNodeId(tenantId, keyId),
    model,
    regionName(region),
    ...COUNT_COLUMNS.map((name) => String(named[name])),
  ];
}

/**
 * One line of JSON. `entry` comes last and is, character by character, what was hashed: SHA-256 over `previousHash`, a line
 * feed and that text is `hash`. What tells of people stands beside it: over `salt`, a line feed and the text of `personal`
 * it is the entry's `personalSha256`. All three of the chain are null for an entry that is not in it yet, and `entry` is null
 * for one that is stored damaged: a trail with a hole in it must say so.
 */
export function auditLine({ id, stored }: FoundAudit, link: ChainLink | null): string {
  const chain = {
    sequence: link?.sequence ?? null,
    previousHash: link?.previousHash ?? null,
    hash: link?.hash ?? null,
  };
  const head = JSON.stringify({ id, ...chain }).slice(0, -1);
  if (!stored) return `${head},"entry":null}`;
  const { entry } = stored;
  const personal =
    entry.salt === undefined ? '' : `,"salt":"${entry.salt}","personal":${canonicalJson(partEntry(entry).personal)}`;
  return `${head}${personal},"entry":${canonicalJson(sealedForm(entry, sha256))}}`;
}
