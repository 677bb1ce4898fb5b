import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readFileIfThere, writePrivateFile } from '../private-file.ts';
import { type AppClient, assertClients } from './app-client.ts';

/** Who looks a client up by its id. */
export type ClientLookup = Pick<ReadonlyMap<string, AppClient>, 'get'>;

/** The pool's app clients: those it was started with, and those made since, which outlive a restart in a JSON file. */
export type Clients = ClientLookup & {
  /** The resource server's scopes, which a client may be given beside the standard ones. */
  readonly resourceScopes: readonly string[];
  /** @throws Error for what `assertClients` refuses */
  create(client: Omit<AppClient, 'id' | 'secret'> & { readonly withSecret: boolean }): AppClient;
  /** False when there is none that was made here. */
  delete(id: string): boolean;
};

/** Cognito's own ids and secrets: 26 and 52 characters of these. */
const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';
const text = (length: number) => Array.from(randomBytes(length), (byte) => LETTERS[byte % 36]).join('');

export function openClients(
  folder: string,
  configured: readonly AppClient[],
  resourceScopes: readonly string[],
): Clients {
  const path = join(folder, 'clients.json');
  const made = new Map<string, AppClient>(
    (JSON.parse(readFileIfThere(path) ?? '[]') as AppClient[]).map((client) => [client.id, client]),
  );
  const fixed = new Map(configured.map((client) => [client.id, client]));
  const save = () => writePrivateFile(path, JSON.stringify([...made.values()], null, 2));
  return {
    resourceScopes,
    get: (id) => fixed.get(id) ?? made.get(id),
    create: ({ withSecret, ...rest }) => {
      const client = { ...rest, id: text(26), ...(withSecret ? { secret: text(52) } : {}) };
      assertClients([client], resourceScopes);
      made.set(client.id, client);
      save();
      return client;
    },
    delete: (id) => {
      const known = made.delete(id);
      if (known) save();
      return known;
    },
  };
}
