import { CONTROL_REGION } from '../../tenancy/region.ts';
import { startAthena } from '../athena.ts';
import type { Instance } from '../instance.ts';
import type { Lake } from '../lake.ts';
import type { Listener } from '../listener.ts';

/** The lake as a bucket: Firehose's records, AWS's own logs, and what billing writes. */
export const LAKE_BUCKET = 'agent-runner-local-lake';

export const LAKE_DATABASE = 'agent_runner';

/** Whose queries have a place for their results. */
export const LAKE_WORK_GROUP = 'agent-runner-local';

/** Athena over the lake's folder; `primary` has no place for results, as in a fresh account. */
export function startLakeQueries(
  lake: Lake,
  instance: Instance,
  accessKeys: Readonly<Record<string, string>>,
): Promise<Listener> {
  return startAthena({
    lake,
    bucket: LAKE_BUCKET,
    folder: instance.path('lake'),
    workGroups: { primary: '', [LAKE_WORK_GROUP]: `s3://${LAKE_BUCKET}/athena-results/` },
    region: CONTROL_REGION,
    accessKeys,
  });
}
