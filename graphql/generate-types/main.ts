import { readFileSync, writeFileSync } from 'node:fs';
import { generateResolverTypes } from './resolver-types.ts';
import { generateScriptDocuments } from './script-documents.ts';

const root = new URL('../../', import.meta.url);
const sdl = readFileSync(new URL('schema.graphql', root), 'utf8');
writeFileSync(new URL('graphql/api/resolver-types.ts', root), await generateResolverTypes(sdl));
writeFileSync(new URL('graphql/scripts/documents.ts', root), await generateScriptDocuments(sdl));
