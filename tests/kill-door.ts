import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** When somebody is killed, seen from one of its mutations: nothing was asked; it was done and nobody was told; somebody was just told. */
export const MOMENTS = ['asking', 'done', 'told'] as const;
export type Moment = (typeof MOMENTS)[number];

export type KillDoor = {
  readonly url: string;
  /** Kills at this mutation from now on, counted from 1. */
  arm(mutation: number, moment: Moment, kill: () => void): void;
  /** Mutations that went through since it was armed. */
  mutations(): number;
  close(): Promise<void>;
};

/** A door before the API that passes everything on, and knows the one moment at which to kill who asks. */
export async function openKillDoor(apiUrl: string): Promise<KillDoor> {
  let seen = 0;
  let armed: { readonly at: number; readonly moment: Moment; readonly kill: () => void } | null = null;
  const api = new URL(apiUrl);
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const isMutation = /^\{"query":"[\s\\n]*mutation/.test(body.toString('utf8', 0, 60));
    if (isMutation) seen += 1;
    const now = isMutation && armed?.at === seen ? armed : null;
    if (now?.moment === 'asking') return now.kill();
    const headers = { ...incoming.headers, host: api.host };
    const passed = request(api, { method: 'POST', headers, agent: false }, (answer) => {
      const told: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => told.push(chunk));
      answer.on('end', () => {
        if (now?.moment === 'done') return now.kill();
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.end(Buffer.concat(told), () => now?.kill());
      });
    });
    passed.on('error', () => outgoing.destroy());
    passed.end(body);
  };
  // A client that was killed in the middle of what it sent is nobody to answer.
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing).catch(() => outgoing.destroy()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    arm(mutation, moment, kill) {
      seen = 0;
      armed = { at: mutation, moment, kill };
    },
    mutations: () => seen,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
