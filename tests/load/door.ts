import { createPrivateKey, randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, type RequestOptions, request as send } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PASSPORT_HEADER, sealPassport } from '../../edge/passport.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { ORIGIN_PATH } from '../../tenancy/route.ts';
import { openTables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { JSON_BODY, messages } from '../ask.ts';
import { edgeSecret } from '../secrets.ts';
import type { PlatformJson } from '../start-platform.ts';
import { addTenant } from '../tenants.ts';

const REGION = 'eu-central-1';
/** One answer, and when it came: ms after the request was sent. */
export type Timed = {
  readonly status: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
  /** What the answer tells a refused client to wait. */
  readonly retryAfterMs: number;
  readonly whole: boolean;
};

/** The region's own door: its gateway, called with passports as the edge calls it. */
export type Door = {
  /** Makes tenants without limits, with everything granted. */
  addTenants(...slugs: string[]): Promise<TenantId[]>;
  /** Sends one streaming request. @param onFirstByte called when its answer begins */
  ask(tenantId: TenantId, prompt: string, onFirstByte?: () => void): Promise<Timed>;
  /** Sets Bedrock's quota for the region, in requests, or lifts it. */
  setQuota(quota: { readonly requestsPerMinute: number; readonly burst: number } | null): Promise<void>;
  close(): void;
};

export function openDoor(platform: PlatformJson): Door {
  const { kid, privateKeyPem } = edgeSecret(platform).passport;
  const privateKey = createPrivateKey(privateKeyPem);
  const agent = new Agent({ keepAlive: true, maxSockets: 10_000 });
  const { port } = new URL(platform.regions[REGION].url);
  const { endpoint, directory, ledger } = platform.dynamodb;
  const client = new DynamoDBClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const tables = openTables(DynamoDBDocumentClient.from(client), { directory, ledger });

  return {
    addTenants: (...slugs) => Promise.all(slugs.map((slug) => addTenant(tables, slug))),
    ask(tenantId, prompt, onFirstByte) {
      const now = Date.now();
      const claims = {
        requestId: mintRequestId(now, randomBytes(10)),
        caller: { tenantId, identityId: 'usr_load', callerType: 'user' },
        route: 'messages',
        method: 'POST',
        region: REGION,
        expiresAt: now + 25_000,
      } as const;
      const body = messages(prompt, { stream: true });
      const headers = {
        ...JSON_BODY,
        'content-length': Buffer.byteLength(body),
        [PASSPORT_HEADER]: sealPassport(claims, kid, privateKey),
      };
      return time({ host: '127.0.0.1', port, path: ORIGIN_PATH, method: 'POST', agent, headers }, body, onFirstByte);
    },
    async setQuota(quota) {
      const answer = await fetch(`${platform.standIns.bedrock.url}/quota`, {
        method: quota ? 'POST' : 'DELETE',
        ...(quota ? { body: JSON.stringify({ region: REGION, ...quota }) } : {}),
      });
      if (!answer.ok) throw new Error(`the quota was not set: ${await answer.text()}`);
    },
    close() {
      agent.destroy();
      client.destroy();
    },
  };
}

function time(options: RequestOptions, body: string, onFirstByte?: () => void): Promise<Timed> {
  const startedAt = performance.now();
  return new Promise((done, fail) => {
    const answered = (answer: IncomingMessage): void => {
      let firstByteMs = 0;
      let tail = '';
      answer.on('data', (bytes: Buffer) => {
        if (firstByteMs === 0) {
          firstByteMs = performance.now() - startedAt;
          onFirstByte?.();
        }
        tail = (tail + bytes.toString('latin1')).slice(-400);
      });
      answer.once('error', fail);
      answer.once('end', () =>
        done({
          status: answer.statusCode ?? 0,
          firstByteMs,
          totalMs: performance.now() - startedAt,
          retryAfterMs: Number(answer.headers['retry-after'] ?? 2) * 1_000,
          whole: answer.statusCode === 200 && tail.includes('message_stop'),
        }),
      );
    };
    send(options, answered).once('error', fail).end(body);
  });
}
