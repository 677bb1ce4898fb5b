import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { changesToDeclare } from './schema-changes.ts';

const schema = readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8');
const changed = (from: string | RegExp, to: string) => {
  const text = schema.replace(from, to);
  expect(text).not.toBe(schema);
  return changesToDeclare(schema, text);
};

it('a schema that stays as it is has nothing to declare', async () => {
  expect(await changesToDeclare(schema, schema)).toEqual([]);
});

it('a field that goes breaks clients', async () => {
  const gone = await changed(
    / {2}"For people."\n {2}displayName: String!\n {2}"What the user may do."\n {2}role: UserRole!\n {2}"Whether the user/,
    '  "Whether the user',
  );
  expect(gone.map(({ why }) => why)).toContain('breaking');
});

it('a field that more people may read is told, and who', async () => {
  const weaker = await changed(
    'notes: String @auth(policy: PLATFORM_READ)',
    'notes: String @auth(policy: TENANT_READ)',
  );
  expect(weaker).toEqual([
    { what: 'Tenant.notes opens to TENANT_ADMIN, TENANT_MEMBER, another TENANT_MEMBER', why: 'weaker' },
  ]);
});

it('a type that more people may read is told of each of its fields', async () => {
  const weaker = await changed(
    /type User implements Node\s+@auth\(policy: SELF_READ/,
    'type User implements Node @auth(policy: TENANT_READ',
  );
  expect(weaker.map(({ what }) => what)).toContain('User.email opens to another TENANT_MEMBER');
});

it('a field that becomes a part of its object is told', async () => {
  const weaker = await changed('notes: String @auth(policy: PLATFORM_READ)', 'notes: String @auth(policy: PARENT)');
  expect(weaker.map(({ why }) => why)).toEqual(['weaker']);
});

it('a field that fewer may read is nothing to declare', async () => {
  expect(
    await changed(
      'statusReason: String @auth(policy: TENANT_ADMIN_READ',
      'statusReason: String @auth(policy: PLATFORM_READ',
    ),
  ).toEqual([]);
});
