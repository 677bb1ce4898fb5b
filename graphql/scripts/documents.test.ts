import { readFileSync } from 'node:fs';
import { buildSchema, Kind, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { checkQuery } from '../api/query-limits/check-query.ts';
import { DOCUMENTS, generateScriptDocuments, readDocuments } from '../generate-types/script-documents.ts';
import * as documents from './documents.ts';
import { SCRIPTS } from './scripts.ts';

const sdl = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
const schema = buildSchema(sdl);

it('the typed documents are those of the schema and the files as they are: npm run generate', async () => {
  expect(readFileSync(new URL('documents.ts', import.meta.url), 'utf8')).toBe(await generateScriptDocuments(sdl));
});

/** What makes them cost the most that a script asks for. */
const VARIABLES = { first: 100, input: { from: '2026-08-23', to: '2026-11-22', groupBy: ['MODEL', 'REGION'] } };

/** The texts as they are sent, each with the fragments that it needs. */
const sent = Object.entries(documents).flatMap(([name, one]) => {
  if (!(one instanceof documents.TypedDocumentString) || name.endsWith('FragmentDoc')) return [];
  return [[name, parse(one.toString())] as const];
});

it.each(sent)('%s is right by the schema, may run, and a hundred of it at once', (name, document) => {
  expect(validate(schema, document)).toEqual([]);
  const verdict = checkQuery(schema, document, name, VARIABLES, { mayIntrospect: false });
  expect(verdict).toMatchObject({ ok: true });
  // A tenth of what one document may cost: ten thousand tenants by pages of a hundred are within a minute of points.
  expect(verdict.ok ? verdict.cost : 0).toBeLessThanOrEqual(520);
});

it('sends every document that stands in a file', () => {
  const written = readDocuments(DOCUMENTS).flatMap(({ document }) =>
    document.definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [one.name?.value] : [])),
  );
  expect(sent.map(([name]) => name).toSorted()).toEqual(written.toSorted());
});

it.each(SCRIPTS.map((script) => [script.name, script] as const))(
  '%s has help with examples that it takes',
  (name, script) => {
    expect(script.read(['--help'])).toEqual({ ok: true, value: 'help' });
    expect(script.help).toContain(`usage: npm run script -- ${name} `);
    const examples = script.help.split('\nexamples:\n')[1]?.split('\n') ?? [];
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const line of examples) {
      const [, ...words] = [
        ...line
          .trim()
          .replace('npm run script -- ', '')
          .matchAll(/"([^"]*)"|(\S+)/g),
      ].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const read = script.read(words);
      // An example's file is not there.
      if (!read.ok) expect(read.reason).toMatch(/cannot be read/);
    }
  },
);

it.each(SCRIPTS.map((script) => [script.name, script] as const))('%s refuses what it does not know', (_, script) => {
  expect(script.read(['--bogus'])).toMatchObject({ ok: false });
  expect(script.read([])).toMatchObject({ ok: false });
  expect(script.read(['a', 'b', 'c', 'd', 'e'])).toMatchObject({ ok: false });
});
