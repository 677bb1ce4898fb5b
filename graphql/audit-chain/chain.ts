import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { AuditEntry } from '../../tenancy/audit.ts';
import { nextLink, type Sha256 } from '../../tenancy/audit-chain.ts';
import { appendLink, getChainHead, readAuditImage } from '../../tenancy/table/audit-chain.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';

/** One line for the log: never an item's content. */
export type ChainLine =
  | { readonly event: 'audit_image_damaged'; readonly key: string; readonly sequenceNumber: string }
  | { readonly event: 'audit_entry_gone'; readonly tenantId: TenantId | null; readonly auditId: string }
  | { readonly event: 'audit_chain_failed'; readonly tenantId: TenantId | null; readonly why: string };

export type ChainDeps = {
  /** Those of the control region, where the trails are. */
  readonly tables: Tables;
  readonly sha256: Sha256;
  readonly pause: (ms: number) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: (line: ChainLine) => void;
};

type Written = { readonly entry: AuditEntry; readonly sequenceNumber: string };

/**
 * Puts the new audit entries of a batch of the ledger's stream behind the chains of their trails. What could not be
 * chained is named as failed, so that Lambda offers it again; what is chained already changes nothing.
 */
export async function chainBatch(deps: ChainDeps, { Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const { written, damaged } = readWritten(Records);
  for (const { key, sequenceNumber } of damaged) deps.log({ event: 'audit_image_damaged', key, sequenceNumber });
  const trails = Map.groupBy(written, ({ entry }) => entry.tenantId);
  const failed = await Promise.all([...trails].map(([tenantId, some]) => chainTrail(deps, tenantId, some)));
  const again = [...damaged, ...failed.flat()];
  return { batchItemFailures: again.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
}

/** Two writers of one chain meet when a shard is read twice at a time: each round lets one of them through. */
const ATTEMPTS = 12;
const PAUSE_MS = 10;

/** @returns the records that have to come again */
async function chainTrail(
  deps: ChainDeps,
  tenantId: TenantId | null,
  written: readonly Written[],
): Promise<readonly Written[]> {
  let done = 0;
  try {
    for (const { entry } of written) {
      await chainEntry(deps, entry);
      done++;
    }
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    deps.log({ event: 'audit_chain_failed', tenantId, why });
  }
  return written.slice(done);
}

/**
 * What is sealed is the image that the stream carries, which is the entry as it was written: a change between the
 * writing and the chaining shows like any later one.
 * @throws Error when the store cannot be written, or the chain stays busy
 */
async function chainEntry({ tables, sha256, pause, random, log }: ChainDeps, entry: AuditEntry): Promise<void> {
  const { tenantId, id: auditId } = entry;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const head = await getChainHead(tables, tenantId);
    if (!head) throw new Error('the head of the chain is damaged');
    const answer = await appendLink(tables, tenantId, nextLink(head, entry, sha256));
    if (answer === 'gone') log({ event: 'audit_entry_gone', tenantId, auditId });
    if (answer !== 'raced') return;
    await pause(random() * PAUSE_MS * 2 ** Math.min(attempt, 6));
  }
  throw new Error('the chain stays busy');
}

type Damaged = { readonly key: string; readonly sequenceNumber: string };

/** Only what is new: the chain's own mark is a change of the entry as well. */
function readWritten(records: readonly DynamoDBRecord[]): { written: Written[]; damaged: Damaged[] } {
  const written: Written[] = [];
  const damaged: Damaged[] = [];
  for (const { eventName, dynamodb = {} } of records) {
    if (eventName !== 'INSERT') continue;
    const { NewImage, Keys = {}, SequenceNumber: sequenceNumber = '' } = dynamodb;
    try {
      // Without its image a record tells nothing: the stream's view type is not the one that tenancy/table defines.
      if (!NewImage) throw new Error('no image');
      const entry = readAuditImage(NewImage);
      if (entry) written.push({ entry, sequenceNumber });
    } catch {
      const key = Object.values(Keys)
        .map(({ S = '' }) => S)
        .join(' / ');
      damaged.push({ sequenceNumber, key });
    }
  }
  return { written, damaged };
}
