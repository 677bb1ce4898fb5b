import { request } from 'node:http';

export type Reply = { readonly status: number; readonly headers: Record<string, string>; readonly body: string };

/**
 * One request with exactly these headers, `Host` included: what fetch would tidy up must arrive as written.
 * @param url where to connect; its path is sent as it stands
 */
export function ask(
  url: string,
  {
    method = 'POST',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string | Buffer },
): Promise<Reply> {
  const target = new URL(url);
  const path = url.slice(url.indexOf('/', url.indexOf('//') + 2));
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: target.port,
        method,
        path,
        agent: false,
        headers: {
          host: target.host,
          ...('transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A Messages request whose last user text is `prompt`. */
export function messages(prompt: string, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({
    model: 'claude-sonnet-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: prompt }],
    ...extra,
  });
}

export const JSON_BODY = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' } as const;

/** The error envelope of an answer, without the request id that differs each time. */
export function errorOf(reply: Reply): unknown {
  const { request_id: requestId, ...envelope } = JSON.parse(reply.body) as Record<string, unknown>;
  if (typeof requestId !== 'string' || requestId !== reply.headers['request-id']) {
    throw new Error(`the body's request_id and the header differ: ${reply.body}`);
  }
  return envelope;
}
