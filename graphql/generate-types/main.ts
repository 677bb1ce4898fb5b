import { readFileSync, writeFileSync } from 'node:fs';
import { generateResolverTypes } from './resolver-types.ts';

const root = new URL('../../', import.meta.url);
writeFileSync(
  new URL('graphql/api/resolver-types.ts', root),
  await generateResolverTypes(readFileSync(new URL('schema.graphql', root), 'utf8')),
);
