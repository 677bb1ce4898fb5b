import type { GateId } from '../../tenancy/gate.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { getApiKey } from '../../tenancy/table/api-keys.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import { gateText } from './subject.ts';

/**
 * Finds in the directory whose gate is meant: a mistyped tenant or key has a gate like any other, open and empty. Users
 * are in no directory. Rejects when it cannot be read.
 */
export async function findGate(directory: Tables, id: GateId): Promise<Result<GateId, string>> {
  const { tenantId, subject } = id;
  if (!(await getTenant(directory, tenantId))) return no(`there is no tenant ${tenantId}`);
  const known = subject.kind !== 'key' || (await getApiKey(directory, tenantId, subject.keyId)) !== null;
  return known ? ok(id) : no(`there is no ${gateText(id)}`);
}
