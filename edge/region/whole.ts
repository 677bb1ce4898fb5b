import type { Refusal } from '../../tenancy/refusal.ts';
import type { Dialect } from './dialect.ts';
import type { Upstream } from './invoke.ts';
import type { Meter } from './meter.ts';
import type { Reply } from './reply.ts';
import type { RelayDeps, RelayEnd } from './stream.ts';

/**
 * Carries an answer in one piece, untouched. It is gathered first: half a JSON value is of use to nobody, and until the
 * first byte has gone a broken answer can still be told by its status.
 */
export async function relayWhole(
  { body, header }: Pick<Upstream, 'body' | 'header'>,
  reply: Reply,
  meter: Meter,
  format: Dialect['format'],
  { now, cut }: Pick<RelayDeps, 'now' | 'cut'>,
): Promise<RelayEnd> {
  const chunks: Buffer[] = [];
  const cutOff = (): void => void body.destroy();
  cut.addEventListener('abort', cutOff);
  let firstByteAt: number | undefined;
  try {
    for await (const chunk of body) {
      firstByteAt ??= now();
      chunks.push(chunk as Buffer);
    }
  } catch {
    if (cut.aborted) return { refusal: cut.reason as Refusal };
    return { refusal: { kind: 'upstream_broken', message: 'the connection to the model broke' } };
  } finally {
    cut.removeEventListener('abort', cutOff);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) {
    return { refusal: { kind: 'upstream_broken', message: 'the model answered with nothing' } };
  }
  const read = format === 'converse' ? meter.converseMessage(bytes) : meter.message(bytes, header);
  if (!read) {
    return { refusal: { kind: 'upstream_broken', message: 'the model answered with something that is no message' } };
  }
  reply.write(bytes);
  return { refusal: null, ...(firstByteAt === undefined ? {} : { firstByteAt }) };
}
