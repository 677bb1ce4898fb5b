import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import * as ours from './document-commands.ts';

const theirs = new Map(Object.entries(library));

it.each(Object.entries(ours))('%s carries its input as the library’s does', (name, Command) => {
  const input = { TableName: 't', Key: { pk: 'a' } };
  const Theirs = theirs.get(name) as unknown as new (given: object) => { input: object };
  expect(new Command(input).input).toEqual(new Theirs(input).input);
  expect(new Command(input).constructor).toBe(Command);
});

it('dynamodb-toolbox asks the library for nothing else', () => {
  const folder = join(import.meta.dirname, '../../node_modules/dynamodb-toolbox/dist/esm');
  const asked = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/import \{([^}]*)\} from ['"]@aws-sdk\/lib-dynamodb['"]/g),
    ])
    .flatMap(([, names = '']) => names.split(',').map((one) => one.trim().split(' as ')[0] ?? ''));
  expect([...new Set(asked)].sort()).toEqual(Object.keys(ours).sort());
});
