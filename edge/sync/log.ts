import type { TenantId } from '../../tenancy/tenant.ts';

/** One line for the log: never an item's content. */
export type SyncLine =
  | { readonly event: 'directory_image_damaged'; readonly key: string; readonly sequenceNumber: string }
  /** `served`: its requests are served all the same, by the control region; tokens of a provider left out are refused. */
  | {
      readonly event: 'edge_store_full';
      readonly tenant: TenantId;
      readonly what: 'tenant' | 'identity_provider';
      readonly served: boolean;
    }
  | {
      readonly event: 'edge_store_written';
      readonly bytes: number;
      readonly entries: number;
      readonly leftOut: number;
    };

const METRICS = [
  { Name: 'EdgeStoreBytes', Unit: 'Bytes' },
  { Name: 'EdgeStoreEntries', Unit: 'Count' },
  { Name: 'EdgeStoreLeftOut', Unit: 'Count' },
] as const;

/**
 * A line as it is printed. What was written is a metric in CloudWatch's embedded format, so that an alarm can tell that
 * the store will be full long before it is.
 * @param now ms since the epoch
 */
export function serialiseSyncLine(line: SyncLine, now: number): string {
  if (line.event !== 'edge_store_written') return JSON.stringify({ level: 'error', ...line });
  const { event, bytes, entries, leftOut } = line;
  return JSON.stringify({
    level: 'info',
    event,
    EdgeStoreBytes: bytes,
    EdgeStoreEntries: entries,
    EdgeStoreLeftOut: leftOut,
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: 'agent-runner', Dimensions: [[]], Metrics: METRICS }],
    },
  });
}
