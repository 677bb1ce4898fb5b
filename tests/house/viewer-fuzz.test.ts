import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderViewer } from '../../edge/viewer/render.ts';
import { createViewerRuntime, type ViewerEvent } from '../../local/cloudfront/viewer-runtime.ts';
import { crc32, parseApiKey } from '../../tenancy/api-key.ts';
import { parseTenantHost, RESERVED_LABELS } from '../../tenancy/tenant.ts';
import { FUZZ_TIMEOUT_MS, fuzzSettings, mutateText } from '../fuzz.ts';
import { wholeKey } from './viewer-events.ts';

/**
 * The viewer function's own two parsers, many texts in one world: a whole event for each would cost ten times the fuzz.
 * That the function asks them is the business of viewer.test.ts.
 */
const BATCH = 500;
const DOMAIN = 'localhost';
const source = readFileSync(new URL('../../edge/viewer/viewer.js', import.meta.url), 'utf8');
const run = createViewerRuntime(
  `${renderViewer(source, { domain: DOMAIN, consoleOrigin: 'http://app.localhost:4000' })}
  handler = async (event) => event.texts.map(event.hosts ? parseTenantHost : isWholeKey);`,
  () => undefined,
);

function byViewer(texts: readonly string[], hosts: boolean): readonly unknown[] {
  const outcome = run({ texts, hosts } as unknown as ViewerEvent, 0);
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value as unknown[];
}

const change = fc.record({ pick: fc.nat(200), how: fc.nat(5), with: fc.nat(255) });
const changes = fc.oneof(fc.constant([]), fc.array(change, { maxLength: 2 }));
const batchOf = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: BATCH, maxLength: BATCH, size: 'max' });

const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{2,16}(-[a-z0-9]{1,14})?$/),
  fc.constantFrom('acme', 'ACME', 'xn--acme', 'a--b', 'a'.repeat(33), ...RESERVED_LABELS),
);
const tail = fc.constantFrom('', '', '.', ':4000', '.:443', ':123456', '..');
const STRANGE = ['.', '-', ':', '_', '/', '@', ' ', 'A', '0', '\t', '\n', '%', '\u212a', '\u0130', 'é', '\u017f', '\0'];
const host = fc
  .tuple(label, tail, changes)
  .map(([name, end, list]) => mutateText(`${name}.proxy.${DOMAIN}${end}`, list, STRANGE));

it(
  'a host names the same tenant to the viewer function and to tenancy',
  () => {
    let accepted = 0;
    fc.assert(
      fc.property(batchOf(host), (texts) => {
        const viewed = byViewer(texts, true);
        return texts.every((text, i) => {
          const read = parseTenantHost(text, DOMAIN);
          if (read) accepted++;
          const expected = read && { name: read.host, tenant: read.tenantId };
          return JSON.stringify(viewed[i]) === JSON.stringify(expected);
        });
      }),
      fuzzSettings(BATCH),
    );
    expect(accepted).toBeGreaterThan((fuzzSettings(BATCH).numRuns * BATCH) / 10);
  },
  FUZZ_TIMEOUT_MS,
);

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
function checksum(text: string): string {
  let digits = '';
  for (let rest = crc32(text); digits.length < 6; rest = Math.floor(rest / 62)) digits = DIGITS[rest % 62] + digits;
  return digits;
}
const key = fc
  .tuple(fc.constantFrom('acme', 'globex', 'a-b-c', 'z'.repeat(32)), fc.nat(9_999), changes, fc.boolean())
  .map(([tenant, salt, list, mend]) => {
    const bent = mutateText(wholeKey(tenant, String(salt)), list, [
      '_',
      '-',
      '0',
      'z',
      'A',
      ' ',
      '.',
      'é',
      '\n',
      'www',
    ]);
    return mend ? bent.slice(0, -6) + checksum(bent.slice(0, -6)) : bent;
  });

it(
  'a key is whole to the viewer function exactly when tenancy can read it',
  () => {
    let accepted = 0;
    fc.assert(
      fc.property(batchOf(key), (texts) => {
        const viewed = byViewer(texts, false);
        return texts.every((text, i) => {
          const read = parseApiKey(text) !== null;
          if (read) accepted++;
          return viewed[i] === read;
        });
      }),
      fuzzSettings(BATCH),
    );
    expect(accepted).toBeGreaterThan((fuzzSettings(BATCH).numRuns * BATCH) / 10);
  },
  FUZZ_TIMEOUT_MS,
);
