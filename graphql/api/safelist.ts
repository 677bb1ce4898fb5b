import { createHash } from 'node:crypto';
import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { describe } from '../../tenancy/refusal-description.ts';
import type { Principal } from './principal.ts';

/** The documents that the console was built with, by the SHA-256 of their text in lower-case hex. */
export type Manifest = ReadonlyMap<string, string>;

/**
 * `browser`: a person in the console; whoever runs script there, by whatever hole, may ask only what the console asks.
 * `machine`: client credentials. `script`: a person whose token another client than the console got.
 */
export type ClientKind = 'browser' | 'machine' | 'script';

/** The list, and whether it is enforced: on a laptop a browser runs anything. */
export type Safelist = { readonly manifest: Manifest; readonly enforced: boolean };

/** Whose documents a token runs. @param consoleClientId the client of the user pool that the console signs in with */
export function clientKindOf({ kind }: Principal, clientId: string, consoleClientId: string): ClientKind {
  if (kind === 'machine') return 'machine';
  return clientId === consoleClientId ? 'browser' : 'script';
}

/** What a request names: a document, its hash, or both. */
export type AskedDocument = { readonly text: string | undefined; readonly sha256Hash: unknown };

export type SafelistVerdict =
  | { readonly ok: true; readonly text: string }
  /** `not_listed`: a browser's document that the console does not have. `hash_unknown`: nothing has this hash. */
  | { readonly ok: false; readonly reason: 'not_listed' | 'hash_unknown' | 'hash_mismatch' };

/**
 * Reads the manifest that the console's build made.
 * @throws Error when an id is not its document's hash: whoever can do that can have anything run
 */
export function readManifest(entries: Readonly<Record<string, string>>): Manifest {
  const manifest = new Map(Object.entries(entries));
  for (const [id, text] of manifest) {
    if (id !== sha256(text))
      throw new Error(`the manifest's id ${JSON.stringify(id.slice(0, 64))} is not its document's`);
  }
  return manifest;
}

/**
 * Whether a principal may run a document, and its text.
 * @param enforced false where no list is kept (a laptop): then a browser runs anything
 * @returns null when nothing is named: the server has words for that
 */
export function checkSafelist(
  manifest: Manifest,
  { kind, enforced }: { readonly kind: ClientKind; readonly enforced: boolean },
  { text, sha256Hash }: AskedDocument,
): SafelistVerdict | null {
  const hasHash = sha256Hash !== undefined;
  if (!text && !hasHash) return null;
  const listed = kind === 'browser' && enforced;
  // A hash is a claim: with a text beside it, it is the text that would run.
  const id = text ? sha256(text) : String(sha256Hash);
  if (text && hasHash && sha256Hash !== id) return { ok: false, reason: 'hash_mismatch' };
  const found = text && !listed ? text : manifest.get(id);
  if (found !== undefined) return { ok: true, text: found };
  return { ok: false, reason: text ? 'not_listed' : 'hash_unknown' };
}

/**
 * Gives Apollo the document that a hash stands for, and refuses what is not on the list. Apollo's own persisted queries
 * stay off: they take any document from anybody and keep it, which is a cache and no wall. Refuses in
 * `didResolveOperation`, the first hook that can; until then the request asks for nothing.
 */
export function safelistPlugin<Context extends BaseContext & { readonly clientKind: ClientKind }>({
  manifest,
  enforced,
}: Safelist): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async ({ request, contextValue }) => {
      const { persistedQuery, ...extensions } = request.extensions ?? {};
      const asked = { text: request.query, sha256Hash: sha256HashOf(persistedQuery) };
      const verdict = checkSafelist(manifest, { enforced, kind: contextValue.clientKind }, asked);
      if (!verdict) return {};
      request.query = verdict.ok ? verdict.text : '{ __typename }';
      request.extensions = extensions;
      return {
        didResolveOperation: async () => {
          if (!verdict.ok) throw refusal(verdict.reason);
        },
      };
    },
  };
}

/** Of an extension that is there and has none, something that is no hash: it is not as if nothing was named. */
function sha256HashOf(persistedQuery: unknown): unknown {
  if (persistedQuery === undefined || persistedQuery === null) return undefined;
  return (persistedQuery as { readonly sha256Hash?: unknown }).sha256Hash ?? null;
}

function refusal(reason: Extract<SafelistVerdict, { ok: false }>['reason']): GraphQLError {
  // For the status and the code alone: a number of either stands with the refusals and nowhere else.
  const { graphqlCode, status } = describe(
    reason === 'not_listed' ? { kind: 'tenant_mismatch' } : { kind: 'request_malformed', what: WORDS[reason] },
  );
  return new GraphQLError(WORDS[reason], { extensions: { code: graphqlCode, reason, http: { status } } });
}

const WORDS = {
  not_listed:
    'a session of the console runs only the documents of the console; reload it, or use a machine client for documents of your own',
  hash_unknown: 'no document has this hash here; reload the console, or send the text of the document',
  hash_mismatch: 'the hash is not that of the document; send one of the two, or make them agree',
} as const;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
