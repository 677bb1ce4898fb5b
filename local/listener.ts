import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { StartError } from './settings.ts';

/** A stand-in that listens. `close` cuts what is still running, so that nothing outlives the platform. */
export interface Listener {
  /** `http://127.0.0.1:<port>`, or `https://localhost:<port>` (the name in the certificate). */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves HTTP/1.1 on loopback, plain unless a key and certificate are given. Port 0 takes a free one; a taken port rejects with its number and the way out. */
export async function listen(
  name: string,
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Listener> {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch((error: unknown) => {
      // A caller that hangs up is its own affair; a fault of the stand-in says that it is one.
      if (response.headersSent || response.destroyed) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(`${name} stand-in: ${String(error)}`);
    });
  };
  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }, handle) : createServer(handle);
  // Longer than the clients' pools keep a socket: a socket closed between two calls looks like a reset to them.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken ? new StartError(`${name}: port ${port} is taken; stop what listens there or choose another`) : error,
      );
    });
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: tls ? `https://localhost:${bound}` : `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The whole body; rejects when the client goes before its end. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
