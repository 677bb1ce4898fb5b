import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generateResolverTypes } from './resolver-types.ts';

it('the types of resolvers are those of the schema as it is: npm run generate', async () => {
  const root = new URL('../../', import.meta.url);
  const made = await generateResolverTypes(readFileSync(new URL('schema.graphql', root), 'utf8'));
  expect(readFileSync(new URL('graphql/api/resolver-types.ts', root), 'utf8')).toBe(made);
});
