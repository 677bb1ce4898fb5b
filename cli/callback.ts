import { createServer, type Server, type ServerResponse } from 'node:http';
import { CliError } from './failure.ts';
import { isCode } from './private-file.ts';

/**
 * Where the browser may come back to. Issuers compare redirect addresses letter by letter, so each is registered as
 * `http://localhost:<port>/callback`; below the ports that systems hand out by themselves, and used by nobody known.
 */
export const CALLBACK_PORTS = [18_476, 18_477, 18_478];

/** What the browser brought, and its page's end, which waits until the answer is worth something. */
export type Answered = { readonly answer: URLSearchParams; reply(text: string): void };

export type Callback = {
  readonly redirectUri: string;
  /** The first answer to the sign-in with this state; others are told that they are none. */
  wait(state: string): Promise<Answered>;
  close(): void;
};

/** @throws CliError when every port is taken */
export async function openCallback(ports: readonly number[] = CALLBACK_PORTS): Promise<Callback> {
  const server = createServer();
  for (const port of ports) {
    if (!(await listens(server, port))) continue;
    return {
      redirectUri: `http://localhost:${port}/callback`,
      wait: (state) => firstAnswer(server, state),
      close: () => {
        server.close();
        server.closeIdleConnections();
      },
    };
  }
  const message = `the ports ${ports.join(', ')} of this machine are all taken, and a sign-in ends at one of them`;
  throw new CliError({ kind: 'usage', message });
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (isCode(error, 'EADDRINUSE') ? resolve(false) : reject(error)));
    // Nobody on the network is answered.
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
}

function firstAnswer(server: Server, state: string): Promise<Answered> {
  return new Promise((resolve) => {
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (request.method !== 'GET' || url.pathname !== '/callback')
        return page(response, 404, 'There is nothing here.');
      // A page of somebody else's could send the browser here with a code of its own account, or with an error.
      if (url.searchParams.get('state') !== state)
        return page(
          response,
          400,
          'This is not the sign-in that agent-runner waits for. Please go back to the terminal.',
        );
      resolve({ answer: url.searchParams, reply: (text) => page(response, 200, text) });
    });
  });
}

function page(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  });
  // Texts are our own; no letter of the address is shown.
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>agent-runner</title><p>${text}</p></html>`);
}
