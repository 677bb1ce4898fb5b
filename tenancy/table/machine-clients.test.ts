import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { parseTenantId } from '../tenant.ts';
import type { MachineClient, Staff } from '../user.ts';
import { findMachineClient, getMachineClient, listMachineClients, putMachineClient } from './machine-clients.ts';
import { getStaff, listStaff, putStaff } from './staff.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const [acme, globex] = [parseTenantId('acme')!, parseTenantId('globex')!];
const client = (clientId: string, change: Partial<MachineClient> = {}): MachineClient => ({
  clientId,
  tenantId: acme,
  name: 'export',
  scopes: ['usage:read', 'keys:read'],
  createdBy: 'usr_anna',
  expiresAt: 100,
  version: 1,
  ...change,
});
const ids = async (tenant: typeof acme | null) =>
  (await listMachineClients(store.tables, tenant)).map(({ clientId }) => clientId);

describe('a machine client', () => {
  const [ours, own] = [client('acme-1'), client('platform-1', { tenantId: null })];

  it('is found by its id alone, listed with its owner, and nobody else’s', async () => {
    for (const one of [ours, own]) expect(await putMachineClient(store.tables, one)).toBe('stored');
    expect(await findMachineClient(store.tables, 'acme-1')).toEqual(ours);
    expect(await findMachineClient(store.tables, 'platform-1')).toEqual(own);
    expect(await findMachineClient(store.tables, 'nobody')).toBeNull();
    expect(await getMachineClient(store.tables, globex, 'acme-1')).toBeNull();
    expect([await ids(acme), await ids(globex), await ids(null)]).toEqual([['acme-1'], [], ['platform-1']]);
  });

  it('is revoked by one of many, and that is what is found', async () => {
    const revoked = { ...ours, revokedAt: 50, version: 2 };
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => putMachineClient(store.tables, revoked)));
    expect(outcomes.filter((one) => one === 'stored')).toHaveLength(1);
    expect(await findMachineClient(store.tables, 'acme-1')).toEqual(revoked);
  });

  it('cannot be made again for another tenant', async () => {
    expect(await putMachineClient(store.tables, client('acme-1', { tenantId: globex }))).toBe('conflict');
    expect(await ids(globex)).toEqual([]);
    expect(await findMachineClient(store.tables, 'acme-1')).toMatchObject({ tenantId: 'acme' });
  });

  it('whose stored tenant is damaged is an error, and not the platform’s', async () => {
    const row = { pk: 'MACHINE_CLIENT#bad', sk: 'MACHINE_CLIENT', kind: 'MACHINE_CLIENT_OWNER', clientId: 'bad' };
    await store.documents.send(new PutCommand({ TableName: 'ledger', Item: { ...row, tenantId: '' } }));
    await expect(findMachineClient(store.tables, 'bad')).rejects.toThrow('damaged');
  });
});

describe('a member of staff', () => {
  const staff: Staff = {
    id: 's-1',
    email: 's@x.example',
    displayName: 'Sam',
    role: 'PLATFORM_SUPPORT',
    status: 'ACTIVE',
    version: 1,
  };

  it('comes back as it was stored; of two writers of one version one is first', async () => {
    expect(await putStaff(store.tables, staff)).toBe('stored');
    expect(await putStaff(store.tables, { ...staff, role: 'PLATFORM_ADMIN' })).toBe('conflict');
    expect(await getStaff(store.tables, 's-1')).toEqual(staff);
    expect(await putStaff(store.tables, { ...staff, status: 'DISABLED', version: 2 })).toBe('stored');
    expect(await listStaff(store.tables)).toEqual([{ ...staff, status: 'DISABLED', version: 2 }]);
    expect(await getStaff(store.tables, 's-2')).toBeNull();
  });
});
