import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient, InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { readBody } from './body.ts';
import { serveWorker } from './worker.ts';

/** The usual way to write such a proxy: parse the body, call the SDK, loop over its events, write each one. */
let client: BedrockRuntimeClient | undefined;

const server = createServer((request, response) => {
  void (async () => {
    const { model, stream: _, ...rest } = JSON.parse((await readBody(request)).toString()) as Record<string, unknown>;
    const answer = await client?.send(
      new InvokeModelWithResponseStreamCommand({
        modelId: String(model),
        contentType: 'application/json',
        accept: 'application/json',
        body: JSON.stringify({ ...rest, anthropic_version: 'bedrock-2023-05-31' }),
      }),
    );
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    const decoder = new TextDecoder();
    for await (const { chunk } of answer?.body ?? []) {
      if (!chunk?.bytes) continue;
      const event = JSON.parse(decoder.decode(chunk.bytes)) as Record<string, unknown>;
      delete event['amazon-bedrock-invocationMetrics'];
      if (!response.write(`event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`)) await once(response, 'drain');
    }
    response.end();
  })().catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

/** @returns the port; is told where Bedrock is */
serveWorker<string, number>(async (endpoint) => {
  client = new BedrockRuntimeClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDBENCH', secretAccessKey: 'bench', sessionToken: 'bench' },
    requestHandler: new NodeHttpHandler({ httpAgent: { keepAlive: true, maxSockets: 256 } }),
  });
  return (server.address() as AddressInfo).port;
});
