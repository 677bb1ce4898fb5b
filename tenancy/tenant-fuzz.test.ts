import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzzSettings, mutateText } from '../tests/fuzz.ts';
import { parseTenantHost, RESERVED_LABELS } from './tenant.ts';

const DOMAIN = 'example.com';

const isAscii = (text: string) => Buffer.byteLength(text) === text.length;

/** The rule once more, by hand and without a regular expression, for hosts of ASCII. */
function byHand(host: string): string | null {
  const colon = host.lastIndexOf(':');
  const port = colon === -1 ? null : host.slice(colon + 1);
  if (port !== null && (port.length < 1 || port.length > 5 || ![...port].every((one) => '0123456789'.includes(one))))
    return null;
  const named = port === null ? host : host.slice(0, colon);
  const labels = (named.endsWith('.') ? named.slice(0, -1) : named).split('.');
  if (labels.length !== 4) return null;
  const [tenant = '', ...rest] = labels.map((one) =>
    [...one].map((c) => (c >= 'A' && c <= 'Z' ? String.fromCharCode(c.charCodeAt(0) + 32) : c)).join(''),
  );
  if (rest.join('.') !== `proxy.${DOMAIN}` || tenant.length < 3 || tenant.length > 32) return null;
  if (![...tenant].every((c) => 'abcdefghijklmnopqrstuvwxyz0123456789-'.includes(c))) return null;
  const hyphens = tenant.startsWith('-') || tenant.endsWith('-') || tenant.includes('--');
  return hyphens || RESERVED_LABELS.has(tenant) ? null : tenant;
}

const PIECES = [
  '.',
  '-',
  '--',
  ':',
  ':4000',
  ':99999',
  ':123456',
  '/',
  '@',
  '%2e',
  ' ',
  '\t',
  '\n',
  '\0',
  'A',
  '0',
  '_',
  'é',
  '\u212a',
  '\u0130',
  '\uff41',
  '\u3002',
  '\u00ad',
  '[::1]',
  'xn--',
  'acme.proxy.',
  '#',
  '?',
  '\\',
];
const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{1,34}$/),
  fc.stringMatching(/^[a-z0-9]{2,16}(-[a-z0-9]{1,14})?$/),
  fc.constantFrom('acme', 'ACME', 'a-b', 'a'.repeat(32), 'a'.repeat(33), ...RESERVED_LABELS),
);
const tail = fc.constantFrom('', '', '', '.', ':4000', '.:443', ':123456', '..', ':');
const change = fc.record({ pick: fc.nat(200), how: fc.nat(5), with: fc.nat(255) });
const host = fc
  .tuple(label, tail, fc.oneof(fc.constant([]), fc.array(change, { maxLength: 2 })))
  .map(([name, end, changes]) => mutateText(`${name}.proxy.${DOMAIN}${end}`, changes, PIECES));

it(
  'a host names a tenant by the rule, and to a browser the same one',
  () => {
    let accepted = 0;
    fc.assert(
      fc.property(host, (text) => {
        const read = parseTenantHost(text, DOMAIN);
        if (isAscii(text) && (read?.tenantId ?? null) !== byHand(text)) return false;
        if (read === null) return true;
        accepted++;
        const { hostname } = new URL(`http://${text.replace(/:[0-9]+$/, '')}/`);
        return (
          read.host === `${read.tenantId}.proxy.${DOMAIN}` &&
          hostname.replace(/\.$/, '') === read.host &&
          parseTenantHost(read.host, DOMAIN)?.tenantId === read.tenantId
        );
      }),
      fuzzSettings(),
    );
    expect(accepted).toBeGreaterThan(fuzzSettings().numRuns / 10);
  },
  FUZZ_TIMEOUT_MS,
);
