import { readdirSync, readFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { type DocumentNode, parse } from 'graphql';

/** Where the scripts' documents are, one file for each noun. */
export const DOCUMENTS = new URL('../scripts/documents/', import.meta.url);

/** The documents by their files, in the order of their names. */
export function readDocuments(folder: URL): { readonly location: string; readonly document: DocumentNode }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .toSorted()
    .map((name) => ({ location: name, document: parse(readFileSync(new URL(name, folder), 'utf8')) }));
}

/** The documents as texts, each with the types of its variables and its answer. */
export async function generateScriptDocuments(sdl: string): Promise<string> {
  const text = {
    BigInt: 'string',
    Decimal: 'string',
    DateTime: 'string',
    Date: 'string',
    Month: 'string',
    ID: 'string',
  } as const;
  const made = await codegen({
    filename: 'documents.ts',
    schema: parse(sdl),
    documents: readDocuments(DOCUMENTS),
    config: {
      enumsAsTypes: true,
      useTypeImports: true,
      strictScalars: true,
      skipTypename: true,
      disableDescriptions: true,
      documentMode: 'string',
      documentVariableSuffix: '',
      dedupeFragments: true,
      scalars: text,
    },
    plugins: [{ operations: {} }, { typedDocumentNode: {} }],
    pluginMap: { operations, typedDocumentNode },
  });
  return `// Made from schema.graphql and documents/*.graphql by \`npm run generate\`.\n${made}`;
}
