/** The part of `fetch` that is used here; tests put their own in its place. */
export type Fetch = (request: Request, init: RequestInit) => Promise<Response>;

/** Thrown for what another side answered; its message is a text of this code and may be logged. */
export class RemoteError extends Error {}

const MAX_BYTES = 64 * 1024;
const TIMEOUT_MS = 3_000;

/**
 * Fetches a JSON document from an address that the settings name, and believes little of the answer: no redirect is
 * followed (it would let the answer choose an address inside), only 200 counts, size and time are capped.
 * Rejects on anything else; messages hold no text of the answer.
 */
export async function fetchJson(fetch: Fetch, request: Request): Promise<unknown> {
  const response = await fetch(request, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new RemoteError(`answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new RemoteError(`answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new RemoteError('answered something that is not JSON');
  }
}

/** Why a fetch failed, for the log: a parser's or a library's own message could quote what it read, so it is left out. */
export function whyFailed(error: unknown): string {
  if (error instanceof RemoteError) return error.message;
  if (!(error instanceof Error)) return 'unknown';
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : error.name;
}
