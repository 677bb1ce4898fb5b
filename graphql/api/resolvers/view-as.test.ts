import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getViewAs } from '../../../tenancy/table/view-as.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { addTenant, addUser, adminOf, memberOf, tenantId, told } from '../people.fixture.ts';
import type { Principal } from '../principal.ts';
import { applyViewAs } from '../view-as-session.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const slug of ['acme', 'globex']) {
    await addTenant(api, slug);
    await addUser(api, slug, `boss-${slug}`, { role: 'ADMIN' });
  }
});
afterAll(() => api.close());

const FIELDS = 'viewAs { id tenantSlug reason expiresAt }';
type Session = { readonly id: string };
const codes = (payload: Record<string, unknown>) =>
  (payload['userErrors'] as { code: string }[]).map(({ code }) => code);
const start = (by: Principal, change = {}) =>
  api.change(by, 'startViewAs', { tenantId: 'ten_acme', reason: 'ticket 7', ...change }, FIELDS);
const end = (by: Principal, viewAsId: string) => api.change(by, 'endViewAs', { viewAsId }, FIELDS);
async function viewing(by: Principal): Promise<Principal> {
  const { id } = (await start(by))['viewAs'] as Session;
  return applyViewAs(by, await getViewAs(api.tables, id), api.now);
}

describe('startViewAs', () => {
  it('begins a session of 30 minutes, which the tenant reads in its trail', async () => {
    const input = { idempotencyKey: 'look' };
    const first = await start(SUPPORT, input);
    expect(first).toMatchObject({
      viewAs: { tenantSlug: 'acme', reason: 'ticket 7', expiresAt: '2026-11-22T12:30:00.000Z' },
      userErrors: [],
    });
    expect(await start(SUPPORT, input)).toEqual({ ...first, replayed: true });
    const [entry] = await told(api, 'acme', 'startViewAs');
    expect(entry).toMatchObject({
      outcome: 'ALLOWED',
      actor: { kind: 'staff', id: 'stf_support' },
      target: { kind: 'ViewAs', id: (first['viewAs'] as Session).id },
      reason: 'ticket 7',
    });
    expect(entry?.changes).toContainEqual({ field: 'tenantId', before: null, after: '"acme"' });
  });

  it('wants a tenant that there is, and a reason', async () => {
    for (const id of ['ten_missing', 'usr_acme:x', 'nonsense'])
      expect(codes(await start(SUPPORT, { tenantId: id }))).toEqual(['NOT_FOUND']);
    for (const reason of ['', '  ', 'x'.repeat(501)])
      expect(codes(await start(SUPPORT, { reason }))).toEqual(['INVALID']);
    expect(codes(await start(SUPPORT, { reason: 'x'.repeat(500) }))).toEqual([]);
  });

  it('is for staff alone', async () => {
    const machine: Principal = { kind: 'machine', id: 'm', tenantId: null, scopes: new Set(['tenants:read']) };
    for (const other of [adminOf('acme'), memberOf('acme'), machine])
      await expect(start(other)).rejects.toThrow(/FORBIDDEN/);
  });
});

describe('endViewAs', () => {
  it('ends it at once, once, and tells', async () => {
    const { id } = (await start(SUPPORT))['viewAs'] as Session;
    expect(codes(await end(ADMIN, id))).toEqual(['NOT_FOUND']);
    expect(codes(await end(SUPPORT, 'vas_none'))).toEqual(['NOT_FOUND']);
    expect(await end(SUPPORT, id)).toMatchObject({ viewAs: { id, expiresAt: new Date(api.now).toISOString() } });
    const loaded = await getViewAs(api.tables, id);
    expect(() => applyViewAs(SUPPORT, loaded, api.now)).toThrow('has ended');
    expect(codes(await end(SUPPORT, id))).toEqual(['WRONG_STATE']);
    const entries = (await told(api, 'acme', 'endViewAs')).filter(({ target }) => target.id === id);
    const done = entries.find(({ outcome }) => outcome === 'ALLOWED');
    expect(done?.changes).toMatchObject([{ field: 'expiresAt' }]);
  });
});

const sdl = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
const MUTATIONS = Object.values(sdl.getMutationType()?.getFields() ?? {});

/** The least that a type's form demands. */
function sample(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sample(type.ofType);
  if (isListType(type)) return [sample(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return Object.fromEntries(fields.map((field) => [field.name, sample(field.type)]));
  }
  const samples: Record<string, unknown> = {
    Int: 1,
    Boolean: true,
    BigInt: '1',
    Decimal: '1',
    DateTime: '2027-01-01T00:00:00Z',
    Date: '2027-01-01',
    Month: '2027-01',
  };
  return samples[String(type)] ?? 'ten_acme';
}

describe('whoever views as a tenant', () => {
  it('knows of every mutation', () => expect(MUTATIONS.length).toBeGreaterThan(20));

  it.each(MUTATIONS.map(({ name }) => name))('is refused %s', async (name) => {
    const mutation = MUTATIONS.find((one) => one.name === name)!;
    const type = mutation.args[0]!.type;
    const document = `mutation($input: ${type}) { ${name}(input: $input) { replayed } }`;
    for (const by of [ADMIN, SUPPORT]) {
      const answer = await api.ask(await viewing(by), document, { input: sample(type) });
      expect(answer).toMatchObject({ data: null, errors: [{ code: 'FORBIDDEN', path: [name] }] });
    }
  });

  const PEOPLE = 'users(first: 10) { nodes { id email role status version ownLimits { requestsPerMinute } } }';
  const TENANT = `id name status tier notes statusReason version proxyUrl onboarding { baseUrl } ${PEOPLE} machineClients(first: 10) { nodes { id } }`;
  it.each([
    ['its tenant', `{ tenant(slug: "acme") { ${TENANT} } }`],
    ['another tenant', `{ tenant(slug: "globex") { ${TENANT} } }`],
    ['all tenants', '{ tenants(first: 10) { nodes { slug } } }'],
    ['its user', '{ node(id: "usr_acme:boss-acme") { id ... on User { email } } }'],
    ['another’s user', '{ node(id: "usr_globex:boss-globex") { id ... on User { email } } }'],
    ['another tenant by id', '{ node(id: "ten_globex") { id } }'],
    ['the platform’s trail', '{ platformAuditEvents(first: 1) { nodes { id } } }'],
    ['whether a slug is free', '{ slugAvailable(slug: "globex") }'],
    ['its own tenant', '{ viewer { tenant { slug notes } } }'],
    ['what it may ask', '{ queryCost { limit } }'],
  ])('is told of %s what an admin is told', async (_, document) => {
    const expected = await api.ask(adminOf('acme', 'boss-acme'), document);
    for (const by of [ADMIN, SUPPORT]) expect(await api.ask(await viewing(by), document)).toEqual(expected);
    expect(JSON.stringify(expected.data)).not.toContain('@globex');
  });

  it('whose refused changes stand in that tenant’s trail', async () => {
    const by = await viewing(ADMIN);
    await expect(
      api.change(by, 'inviteUser', { tenantId: 'ten_acme', email: 'x@y.z', displayName: 'X' }, 'user { id }'),
    ).rejects.toThrow(/FORBIDDEN/);
    const denied = async () => (await told(api, 'acme', 'inviteUser')).filter(({ actor }) => actor.id === 'stf_admin');
    await expect
      .poll(denied)
      .toContainEqual(expect.objectContaining({ outcome: 'DENIED', viewingAs: tenantId('acme') }));
  });
});
