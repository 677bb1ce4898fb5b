import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REGIONS } from './region.ts';
import {
  decodeEdgeTenant,
  encodeEdgeTenant,
  parseTenantHost,
  parseTenantId,
  scheduledTier,
  TENANT_STATUSES,
  type Tenant,
  TIERS,
  tierAt,
  toEdgeTenant,
  withTier,
} from './tenant.ts';

const seed = { seed: 20261122, numRuns: 1000 };
const label = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/).filter((text) => parseTenantId(text) !== null);

describe('a tenant id', () => {
  it.each(['acme', 'a-c', '007', 'a'.repeat(32), 'x1-y2-z3'])('%s is one', (text) => {
    expect(parseTenantId(text)).toBe(text);
  });

  it.each([
    ['two characters', 'ab'],
    ['33 characters', 'a'.repeat(33)],
    ['upper case', 'Acme'],
    ['a dash in front', '-acme'],
    ['a dash at the end', 'acme-'],
    ['punycode', 'xn--acme'],
    ['two dashes anywhere', 'ac--me'],
    ['a dot', 'ac.me'],
    ['an underscore', 'ac_me'],
    ['the separator of keys', 'ac#me'],
    ['a line end', 'acme\n'],
    ['a NUL', 'acme\u0000'],
    ['a letter that only looks right', 'аcme'],
    ['a word of ours', 'admin'],
    ['another word of ours', 'www'],
    ['nothing', ''],
  ])('is refused with %s', (_, text) => {
    expect(parseTenantId(text)).toBeNull();
  });

  it.each([undefined, null, 7, {}, ['acme'], { toString: () => 'acme' }])('is text, not %s', (value) => {
    expect(parseTenantId(value)).toBeNull();
  });

  it('is, whatever it is, safe in a host name, a key, a tag and a session name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const id = parseTenantId(text);
        return id === null || (/^[a-z0-9-]{3,32}$/.test(id) && !/^-|-$|--/.test(id));
      }),
      seed,
    );
  });
});

describe('a tenant host', () => {
  it.each([
    'acme.proxy.example.com',
    'ACME.Proxy.Example.COM',
    'acme.proxy.example.com:443',
    'acme.proxy.example.com.',
    'acme.proxy.example.com.:8443',
  ])('%s names acme', (host) => {
    expect(parseTenantHost(host, 'example.com')).toEqual({ tenantId: 'acme', host: 'acme.proxy.example.com' });
  });

  it.each([
    ['a nested label', 'a.acme.proxy.example.com'],
    ['no label', '.proxy.example.com'],
    ['no label and no dot', 'proxy.example.com'],
    ['another domain', 'acme.proxy.example.org'],
    ['our domain as a label of theirs', 'acme.proxy.example.com.evil.org'],
    ['our domain without its dot', 'acmeproxy.example.com'],
    ['another domain that ends like ours', 'acme.proxyXexample.com'],
    ['two dots at the end', 'acme.proxy.example.com..'],
    ['two ports', 'acme.proxy.example.com:1:2'],
    ['a port of letters', 'acme.proxy.example.com:https'],
    ['a port too long', 'acme.proxy.example.com:123456'],
    ['an empty port', 'acme.proxy.example.com:'],
    ['punycode', 'xn--acme.proxy.example.com'],
    ['a word of ours', 'admin.proxy.example.com'],
    ['a space', 'acme.proxy.example.com '],
    ['userinfo', 'acme@globex.proxy.example.com'],
    ['a second host', 'acme.proxy.example.com,globex.proxy.example.com'],
    ['nothing', ''],
  ])('is refused with %s', (_, host) => {
    expect(parseTenantHost(host, 'example.com')).toBeNull();
  });

  it('names its label, in any case, with or without a port and a final dot', () => {
    const forgiven = fc.tuple(label, fc.boolean(), fc.boolean(), fc.option(fc.integer({ min: 0, max: 65535 })));
    fc.assert(
      fc.property(forgiven, ([tenant, upper, dot, port]) => {
        const plain = `${tenant}.proxy.localhost`;
        const host = `${upper ? plain.toUpperCase() : plain}${dot ? '.' : ''}${port === null ? '' : `:${port}`}`;
        expect(parseTenantHost(host, 'localhost')).toEqual({ tenantId: tenant, host: plain });
      }),
      seed,
    );
  });

  it('never names a tenant that the host does not start with', () => {
    const part = fc.constantFrom('acme', 'globex', '.', 'proxy', 'localhost', ':80', '-', ' ', '#', '@', '\t');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const host = parts.join('');
        const read = parseTenantHost(host, 'localhost');
        return read === null || host.startsWith(`${read.tenantId}.proxy.localhost`);
      }),
      seed,
    );
  });
});

describe("the edge's entry of a tenant", () => {
  const tenant: Tenant = {
    id: parseTenantId('acme')!,
    name: 'Acme',
    status: 'ACTIVE',
    tier: 'TRIAL',
    homeRegion: 'eu-central-2',
    allowedRegions: ['eu-central-2', 'eu-central-1'],
    residency: 'geo',
    version: 3,
  };

  it('holds home, regions and status and nothing about people or money', () => {
    expect(encodeEdgeTenant(toEdgeTenant(tenant))).toBe('{"h":"euc2","r":"euc2 euc1     ","s":"A"}');
  });

  it('names each region once, however often the tenant’s row does: the store takes no longer value', () => {
    const often = { ...tenant, allowedRegions: Array.from({ length: 600 }, () => 'us-east-1' as const) };
    expect(encodeEdgeTenant(toEdgeTenant(often))).toBe('{"h":"euc2","r":"use1          ","s":"A"}');
  });

  const entry = fc.record({
    home: fc.constantFrom(...REGIONS),
    regions: fc.uniqueArray(fc.constantFrom(...REGIONS)),
    status: fc.constantFrom(...TENANT_STATUSES),
  });

  it('comes back as it went, and is as long as every other', () => {
    fc.assert(
      fc.property(entry, (one) => {
        const text = encodeEdgeTenant(one);
        expect(text).toHaveLength(41);
        expect(decodeEdgeTenant(text)).toEqual(one);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('is another for every two that differ', () => {
    fc.assert(
      fc.property(entry, entry, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(encodeEdgeTenant(one) === encodeEdgeTenant(other)).toBe(same);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each([
    ['cut off', '{"h":"euc1","r":"eu'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"A"'],
    ['an unknown home', '{"h":"mars","r":"euc1","s":"A"}'],
    ['an unknown region', '{"h":"euc1","r":"euc1 mars","s":"A"}'],
    ['a gap among the regions', '{"h":"euc1","r":"euc1  euc2","s":"A"}'],
    ['a list of regions', '{"h":"euc1","r":["euc1"],"s":"A"}'],
    ['no regions', '{"h":"euc1","s":"A"}'],
    ['an unknown status', '{"h":"euc1","r":"euc1","s":"a"}'],
    ['no status', '{"h":"euc1","r":"euc1"}'],
    ['no home', '{"r":"euc1","s":"A"}'],
  ])('damaged (%s) is null, never a default', (_, text) => {
    expect(decodeEdgeTenant(text)).toBeNull();
  });

  it('is null or whole for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = decodeEdgeTenant(text);
        return read === null || encodeEdgeTenant(read).length > 0;
      }),
      seed,
    );
  });
});

describe('a tier', () => {
  const instant = fc.integer({ min: 0, max: 1_000 });
  const tier = fc.constantFrom(...TIERS);
  const changes = fc.array(fc.record({ tier, made: instant, in: instant }), { maxLength: 8 });

  it('in force at any instant is the one of the last change that had begun, whatever was scheduled in between', () => {
    fc.assert(
      fc.property(tier, changes, instant, (first, unordered, later) => {
        const made = unordered.toSorted((a, b) => a.made - b.made);
        let tenant = { id: parseTenantId('acme')!, tier: first, version: 1 } as Tenant;
        // What a reader who knew all changes would say: each later one takes the place of one that had not begun.
        let known: { tier: Tenant['tier']; from: number }[] = [{ tier: first, from: -1 }];
        for (const change of made) {
          const from = change.made + change.in;
          tenant = withTier(tenant, { tier: change.tier, at: from }, change.made);
          known = [...known.filter((one) => one.from <= change.made), { tier: change.tier, from }];
        }
        const now = (made.at(-1)?.made ?? 0) + later;
        const expected = known.filter((one) => one.from <= now).at(-1);
        expect(tierAt(tenant, now)).toBe(expected?.tier);
        const next = scheduledTier(tenant, now);
        expect(next === null).toBe(known.every((one) => one.from <= now));
        if (next)
          expect([next.at > now, tierAt(tenant, next.at), tierAt(tenant, next.at - 1)]).toEqual([
            true,
            next.tier,
            expected?.tier,
          ]);
      }),
      seed,
    );
  });
});
