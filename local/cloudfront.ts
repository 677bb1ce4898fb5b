/** CloudFront on one machine: a distribution with a viewer function, an origin-request function and streaming origins. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CONTROL_REGION, originDomain } from '../tenancy/region.ts';
import { type Exchange, ownError, sendAnswer, sendOwnError } from './cloudfront/answers.ts';
import { createConsoleDistribution } from './cloudfront/console.ts';
import { originRequestEvent, readOriginResult } from './cloudfront/origin-request.ts';
import { proxy, type ResolveOrigin } from './cloudfront/proxy.ts';
import { readRawRequest } from './cloudfront/raw-request.ts';
import { readViewerRun, viewerEvent } from './cloudfront/viewer-request.ts';
import { createViewerRuntime } from './cloudfront/viewer-runtime.ts';
import type { Graphiql } from './graphiql.ts';

/** The part of a Lambda function that CloudFront uses. */
export type EdgeFunction = {
  invoke(
    event: unknown,
  ): Promise<
    | { readonly ok: true; readonly payload: unknown }
    | { readonly ok: false; readonly error: { readonly errorType: string; readonly errorMessage: string } }
  >;
};

export type CloudFrontSettings = {
  /** The platform's domain: tenants are at `<tenant>.proxy.<domain>`. */
  readonly domain: string;
  /** Text of the viewer function, rendered for that domain. */
  readonly viewer: string;
  /** The KeyValueStore that the viewer function reads; undefined for a key that it has not. */
  readonly lookUp: (key: string) => string | undefined;
  readonly originRequest: EdgeFunction;
  readonly resolveOrigin: ResolveOrigin;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Tenants that also get a port of their own on 127.0.0.1, for clients that cannot resolve `*.localhost`. */
  readonly loopback?: readonly { readonly tenant: string; readonly port?: number }[];
  /** The console's own distribution, on the host `app.<domain>`: its behaviour `/graphql` leads to this origin. */
  readonly console?: { readonly domainName: string; readonly graphiql?: Graphiql };
  /** Told what the viewer function or the origin-request function did wrong; never sees a header or a body. */
  readonly onLine?: (line: string) => void;
};

export type CloudFront = {
  readonly url: string;
  readonly port: number;
  /** Per tenant of `loopback`. */
  readonly loopback: Readonly<Record<string, { readonly url: string; readonly port: number }>>;
  /** The console's distribution on a port of its own, likewise. */
  readonly console?: string;
  close(): Promise<void>;
};

/** The methods that a behaviour of CloudFront can be told to take. */
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'];

/** Over CloudFront's own limit, so that it is our check that speaks. */
const NODE_HEAD_LIMIT = 65_536;

/** Longer than clients keep an idle socket: one closed between two calls looks like a reset to them. */
const KEEP_ALIVE_MS = 120_000;

/** Starts the distribution on 127.0.0.1. Rejects when a port is taken, naming it and the way out. */
export async function startCloudFront(settings: CloudFrontSettings): Promise<CloudFront> {
  const agent = new Agent({ keepAlive: true });
  const tenants = createDistribution(settings, agent);
  const app = settings.console && createConsoleDistribution(settings.console, settings.resolveOrigin, agent);
  const appHost = new RegExp(`^app\\.${settings.domain.replaceAll('.', '\\.')}(:\\d+)?$`, 'i');
  const serve: Serve = (request, response, host) => {
    const forApp = app && appHost.test(host ?? request.headers.host ?? '');
    return forApp ? app(request, response, host) : tenants(request, response, host);
  };
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(servers.map(closeServer));
    agent.destroy();
  };
  const open = async (port: number, host?: string) => {
    const server = createServer(
      { maxHeaderSize: NODE_HEAD_LIMIT, requireHostHeader: false, keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => {
        serve(request, response, host).catch((error: unknown) => {
          settings.onLine?.(`CloudFront stand-in: ${String(error)}`);
          response.destroy();
        });
      },
    );
    server.on('clientError', answerUnreadable);
    servers.push(server);
    return listen(server, port);
  };
  try {
    const port = await open(settings.port ?? 0);
    const loopback: Record<string, { url: string; port: number }> = {};
    for (const { tenant, port: wanted = 0 } of settings.loopback ?? []) {
      const own = await open(wanted, `${tenant}.proxy.${settings.domain}`);
      loopback[tenant] = { url: `http://127.0.0.1:${own}`, port: own };
    }
    const console = settings.console && `http://127.0.0.1:${await open(0, `app.${settings.domain}`)}`;
    return { url: `http://127.0.0.1:${port}`, port, loopback, ...(console ? { console } : {}), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Serve = (request: IncomingMessage, response: ServerResponse, host?: string) => Promise<void>;

function createDistribution(settings: CloudFrontSettings, agent: Agent): Serve {
  const { originRequest, resolveOrigin, onLine = () => {} } = settings;
  const runViewer = createViewerRuntime(settings.viewer, settings.lookUp);
  const defaultOrigin = originDomain(CONTROL_REGION, settings.domain);

  return async (request, response, host) => {
    const exchange: Exchange = { requestId: mintRequestId(), uri: request.url ?? '', response };
    const raw = readRawRequest(request, host);
    if (!raw.ok) return sendOwnError(exchange, 'malformed', raw.reason);
    if (!METHODS.includes(raw.value.method))
      return sendOwnError(exchange, 'method', 'this distribution is not configured to allow the method');

    const viewed = readViewerRun(runViewer(viewerEvent(raw.value, exchange.requestId), Date.now()), raw.value);
    if (viewed.kind === 'answer') return sendAnswer(exchange, viewed.answer, 'FunctionGeneratedResponse');
    if (viewed.kind !== 'request') {
      onLine(`edge/viewer ${viewed.kind}: ${viewed.why}`);
      const kind = viewed.kind === 'failed' ? 'viewerFailed' : 'viewerInvalid';
      return sendOwnError(exchange, kind, 'the edge function failed on this request');
    }

    const event = originRequestEvent(viewed.request, defaultOrigin, exchange.requestId);
    const invoked = await originRequest.invoke(event);
    if (!invoked.ok) {
      onLine(`edge/origin failed: ${invoked.error.errorType}`);
      return sendOwnError(exchange, 'functionFailed', 'the edge function failed on this request');
    }
    const decision = readOriginResult(invoked.payload, event);
    if (decision.kind === 'answer') return sendAnswer(exchange, decision.answer, 'LambdaGeneratedResponse');
    if (decision.kind === 'invalid') {
      onLine(`edge/origin invalid: ${decision.why}`);
      return sendOwnError(exchange, 'functionInvalid', 'the edge function failed on this request');
    }
    if (response.destroyed) return;
    proxy(decision.call, request, exchange, resolveOrigin, agent);
  };
}

/** For bytes that Node's parser refuses as HTTP: both lengths at once, folded lines, bare line feeds, and the like. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { headers, body } = ownError('malformed', 'the request is no well-formed HTTP', mintRequestId(), '/');
  const lines = [...headers, ['content-length', String(body.length)], ['connection', 'close']];
  socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Takes the port until CloudFront itself does: a taken one is told of before all that stands behind CloudFront has been
 * started in vain, and any free one (0) is known to what has to name it.
 */
export async function holdPort(wanted: number): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((_, response) => response.destroy());
  const port = await listen(server, wanted);
  return { port, close: () => closeServer(server) };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(
      `CloudFront: port ${port} is taken; stop what listens there, or choose another with PORT=${port + 1}`,
    );
  });
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Of CloudFront's own form: 56 characters of base64 for URLs. */
function mintRequestId(): string {
  return `${randomBytes(41).toString('base64url')}=`;
}
