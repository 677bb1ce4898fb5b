import { extractDay } from '../../../billing/extract.ts';
import { shardOf } from '../../../tenancy/table/request-entity.ts';
import { openRequest, settleRequest } from '../../../tenancy/table/requests.ts';
import { startTables } from '../../tables.ts';
import { type Copy, readSpecimen, writeCopies } from '../console/copies.ts';
import { callsOfDay } from './calls.ts';

export type Extracted = {
  readonly records: number;
  readonly tenants: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
};

/** A day that has its requests in one ledger, for one region. */
const DAY = '2026-11-22';

/** How fast a day's requests come out of the ledger: DynamoDB Local's, read by the run's own extract. */
export async function measureExtract(records: number, tell: (line: string) => void): Promise<Extracted> {
  const store = await startTables({ large: true });
  try {
    const [first] = callsOfDay(DAY, 1);
    if (!first) throw new Error('no call was made');
    const { intent, settlement } = first;
    await openRequest(store.tables, intent);
    await settleRequest(store.tables, intent, settlement);
    const pk = `TENANT#${intent.tenantId}#REQUEST#${intent.requestId}`;
    const copyOf = await readSpecimen(store.client, 'ledger', pk, 'REQUEST');
    const tenants = new Set([intent.tenantId]);
    const shardIn = (id: string, of: string) => `TENANT#${id}#DAY#${DAY}#${shardOf(of)}`;
    function* copies(): Iterable<Copy> {
      for (const { intent: other } of callsOfDay(DAY, records)) {
        tenants.add(other.tenantId);
        if (other.requestId === intent.requestId) continue;
        yield copyOf([
          [shardIn(intent.tenantId, intent.requestId), shardIn(other.tenantId, other.requestId)],
          [intent.requestId, other.requestId],
          [intent.tenantId, other.tenantId],
        ]);
      }
    }
    await writeCopies(store.url, copies());
    tell(`billing: ${records} requests in a ledger`);
    let lines = 0;
    const [began, before] = [performance.now(), process.cpuUsage()];
    await extractDay(
      {
        lake: {
          async put(_, some) {
            lines += some.length;
          },
          list: async () => [],
          remove: async () => {},
        },
        ledgers: new Map([[intent.region, store.tables]]),
        tenants: async function* () {
          yield* tenants;
        },
        progress: () => {},
      },
      DAY,
    );
    const { user, system } = process.cpuUsage(before);
    if (lines !== records) throw new Error(`of ${records} requests ${lines} were extracted`);
    return {
      records,
      tenants: tenants.size,
      seconds: (performance.now() - began) / 1_000,
      cpuSeconds: (user + system) / 1e6,
    };
  } finally {
    await store.close();
  }
}
