import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

export type Posted = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

/** Posts a text; rejects when there is no whole answer. */
export type Post = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<Posted>;

/** For one whole answer; the API's gateway gives up after 29 s. */
const TIMEOUT_MS = 35_000;

/**
 * Posts over connections that are kept open. `fetch` takes no authority for one call alone, and a script that trusts a
 * test authority everywhere would be worse than one that speaks node:https.
 * @param ca PEM of the authority to trust beside, or rather in place of, those that Node.js knows
 */
export function openPost(ca?: string): Post {
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) });
  return (url, headers, body) =>
    new Promise((resolve, reject) => {
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const options = { method: 'POST', headers: { ...headers, ...length }, signal: AbortSignal.timeout(TIMEOUT_MS) };
      const outgoing = url.startsWith('https:')
        ? requestHttps(url, { ...options, agent: secure })
        : requestHttp(url, { ...options, agent: plain });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }));
      });
      outgoing.end(body);
    });
}
