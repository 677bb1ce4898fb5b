import type { IncomingMessage } from 'node:http';

/** A request's or an answer's whole body, in the cheapest way that Node.js has (`node:stream/consumers` goes by a Blob). */
export function readBody(message: IncomingMessage): Promise<Buffer> {
  return new Promise((done, fail) => {
    const parts: Buffer[] = [];
    message.on('data', (part: Buffer) => parts.push(part));
    message.once('end', () => done(Buffer.concat(parts)));
    message.once('error', fail);
  });
}
