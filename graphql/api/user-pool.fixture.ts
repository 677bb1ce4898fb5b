import { randomUUID } from 'node:crypto';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { UserPool } from './context.ts';

type Account = { readonly id: string; readonly email: string; readonly tenantId: TenantId; enabled: boolean };

/** A user pool in memory, and what is in it. */
export type MemoryPool = {
  readonly port: UserPool;
  /** By id. */
  readonly accounts: Map<string, Account>;
  /** Secrets by client id. */
  readonly clients: Map<string, string>;
  /** Addresses that were mailed an invitation. */
  readonly mails: string[];
};

export function memoryPool(): MemoryPool {
  const accounts = new Map<string, Account>();
  const clients = new Map<string, string>();
  const mails: string[] = [];
  const setEnabled = (enabled: boolean) => async (id: string) => {
    const account = accounts.get(id);
    if (account) account.enabled = enabled;
  };
  const port: UserPool = {
    async invite({ tenantId, email }) {
      const known = [...accounts.values()].find((one) => one.email === email);
      if (known) return known.tenantId === tenantId ? { outcome: 'known', id: known.id } : { outcome: 'email_taken' };
      const id = randomUUID();
      accounts.set(id, { id, email, tenantId, enabled: true });
      mails.push(email);
      return { outcome: 'invited', id };
    },
    disable: setEnabled(false),
    enable: setEnabled(true),
    async remove(id) {
      accounts.delete(id);
    },
    async createMachineClient() {
      const made = { clientId: randomUUID().replaceAll('-', ''), clientSecret: `shown-once-${randomUUID()}` };
      clients.set(made.clientId, made.clientSecret);
      return made;
    },
    async deleteMachineClient(clientId) {
      clients.delete(clientId);
    },
  };
  return { port, accounts, clients, mails };
}
