import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { findJava, thisMachine } from '../../local/java.ts';
import { ORIGIN_PATH } from '../../tenancy/route.ts';
import { openTables, type TableNames, tableDefinitions } from '../../tenancy/table/tables.ts';
import { type RunningPlatform, startPlatform } from '../start-platform.ts';
import type { Call } from './load.ts';
import type { RegionAsk, RegionReply, RegionSetUp } from './region.ts';
import { requestBody } from './scenarios.ts';
import { CALLER, fillTables, KEY_SHA256, MODEL, REGION } from './stores.ts';
import type { Start } from './targets.ts';
import { startWorker } from './worker.ts';

const KID = 'p-bench';
const NAMES: TableNames = { directory: 'directory', ledger: 'ledger' };

/**
 * The regional path alone, over stores in memory or over the real tables.
 * @param asEvent it gets its requests as Lambda's runtime gets them, and parses the event as that does
 */
export function startRegion(stores: 'memory' | 'tables', asEvent = false): Start {
  return async (upstream, nodeOptions) => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const passportKey = { kid: KID, publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
    const tables = stores === 'tables' ? await startTables(passportKey) : undefined;
    const worker = await startWorker<RegionAsk, RegionReply>('region.ts', nodeOptions);
    const place = tables ? { tables: tables.place } : {};
    const { port } = await worker.ask({ upstream, passportKey, asEvent, ...place });
    const call: Call = {
      port,
      path: ORIGIN_PATH,
      headers: { 'anthropic-version': '2023-06-01' },
      model: MODEL,
      answers: 'text',
      ...(asEvent ? { asEvent } : {}),
      passport: {
        kid: KID,
        privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        claims: { caller: CALLER, keySha256: KEY_SHA256, route: 'messages', method: 'POST', region: REGION },
      },
    };
    return {
      pid: worker.pid,
      call,
      tripsMs: async (trips) => (await worker.ask({ trips })).ms,
      ...(asEvent ? { eventParseMs: async (parses: number) => (await worker.ask({ parses })).ms } : {}),
      stop: async () => {
        await worker.stop();
        await tables?.stop();
      },
    };
  };
}

/** The real DynamoDB Local with what one request needs in it. */
async function startTables(passportKey: RegionSetUp['passportKey']) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-dynamodb-'));
  const dynamoDb = await startDynamoDb({ folder, tables: 'memory', java: findJava(thisMachine()) });
  const client = new DynamoDBClient({
    endpoint: dynamoDb.url,
    region: REGION,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  for (const definition of tableDefinitions(NAMES)) await client.send(new CreateTableCommand(definition));
  await fillTables(openTables(DynamoDBDocumentClient.from(client), NAMES), passportKey);
  client.destroy();
  return {
    place: { endpoint: dynamoDb.url, names: NAMES },
    stop: async () => {
      await dynamoDb.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Everything that `npm start` runs, called as a client calls it. */
export const startWholePath: Start = async (upstream) => {
  let platform: RunningPlatform;
  try {
    platform = await startPlatform({ LAMBDA_MODE: 'shared', AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream });
  } catch (error) {
    return { missing: `the platform did not start (${String(error).trim().split('\n').at(-1)})` };
  }
  const { loopbackUrl, apiKey } = platform.json.tenants.acme;
  const headers = { 'anthropic-version': '2023-06-01', 'x-api-key': apiKey };
  const stop = async () => void (await platform.stop());
  const awake = await wake(`${loopbackUrl}/v1/messages`, headers);
  if (awake !== 200) {
    await stop();
    return { missing: `the platform answers with status ${awake}` };
  }
  const call: Call = {
    port: Number(new URL(loopbackUrl).port),
    path: '/v1/messages',
    headers,
    model: MODEL,
    answers: 'text',
  };
  return { pid: platform.child.pid ?? 0, call, stop };
};

/** Functions load at their first request, which may find a store's time-out shorter than that: it is tried again, as clients do. */
async function wake(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const body = requestBody(MODEL, 0);
  let status = 0;
  for (let tries = 0; tries < 5 && status !== 200; tries++) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    await answer.text();
    status = answer.status;
  }
  return status;
}
