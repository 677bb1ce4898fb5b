import { accountOf } from './access.ts';
import { cloudTrailEvent, type TrailedCall } from './evidence/cloudtrail.ts';
import { lineItemsOf } from './evidence/cost-and-usage.ts';
import { openDataExport } from './evidence/data-export.ts';
import { type LogStream, openDelivery } from './evidence/delivery.ts';
import { createEvidenceFaults, type EvidenceFaults } from './evidence/faults.ts';
import { invocationRecord, type LoggedInvocation } from './evidence/invocation-log.ts';

/**
 * AWS's own evidence of the calls, in its record formats and under its object keys: what finance compares our books
 * with. It knows nothing of our metering.
 */
export interface Evidence {
  /** What a test lets go wrong with its delivery. */
  readonly faults: EvidenceFaults;
  /** CloudTrail: every call of a proven caller, refused or not. */
  called(call: TrailedCall): void;
  /** The model invocation log, and the bill: a call that ran a model. */
  invoked(invocation: LoggedInvocation): void;
  /** Writes what waits and is not held. */
  flush(): Promise<void>;
  /** Writes all, held or not: AWS delivers it in the end. */
  close(): Promise<void>;
}

/** `folder` is what the bucket holds; `now` in ms since the epoch. */
export function openEvidence(folder: string, now: () => number): Evidence {
  const faults = createEvidenceFaults();
  const delivery = openDelivery(folder, now, faults.isHeld);
  const add = (stream: LogStream, record: object): void => {
    for (let copy = faults.copies(stream); copy > 0; copy -= 1) delivery.add(stream, record);
  };
  const bill = openDataExport(folder, (item) => faults.isHeld({ source: 'cur', region: item.product_region_code }));
  const charge = (invocation: LoggedInvocation): void => {
    const copies = faults.copies({ source: 'cur', region: invocation.caller.region });
    for (let copy = copies; copy > 0; copy -= 1) for (const item of lineItemsOf(invocation)) bill.add(item);
  };
  const flush = async () => {
    await Promise.all([delivery.flush(), bill.flush()]);
  };
  return {
    faults,
    called: (call) => add({ source: 'cloudtrail', ...placeOf(call) }, cloudTrailEvent(call)),
    invoked(invocation) {
      add({ source: 'invocations', ...placeOf(invocation) }, invocationRecord(invocation));
      charge(invocation);
    },
    flush,
    close() {
      faults.clear();
      return flush();
    },
  };
}

function placeOf({ caller }: Pick<TrailedCall, 'caller'>): Omit<LogStream, 'source'> {
  return { account: accountOf(caller), region: caller.region };
}
