import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { estimateInputTokens } from '../tenancy/token-estimate.ts';
import { fetchTool } from './tool.ts';

/**
 * Counts the samples of tenancy/token-estimate.fixture.json with the one Claude tokenizer that was ever published, writes
 * the counts into it and the table into docs/count-tokens.md: `sh local/node24.sh --with-tools tests/token-oracle.ts`.
 * To add a sample, add its kind and text. The counts are kept as data because the package is of 2023, 20 MB with its
 * WebAssembly, and will not change.
 */
type Sample = { readonly kind: string; readonly text: string; tokens?: number };
type Tokenizer = { encode(text: string, special: 'all'): { readonly length: number } };

const FIXTURE = join(import.meta.dirname, '../tenancy/token-estimate.fixture.json');
const DOCUMENT = join(import.meta.dirname, '../docs/count-tokens.md');

const PACKAGE = '@anthropic-ai/tokenizer';
const { getTokenizer } = createRequire(import.meta.url)(join(fetchTool(PACKAGE, '0.0.4'), PACKAGE)) as {
  getTokenizer(): Tokenizer;
};
const tokenizer = getTokenizer();

const samples = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Sample[];
for (const sample of samples) sample.tokens = tokenizer.encode(sample.text.normalize('NFKC'), 'all').length;
writeFileSync(FIXTURE, `[\n${samples.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);

const rows = samples.map(({ kind, text, tokens = 1 }) => {
  const estimate = estimateInputTokens(Buffer.from(JSON.stringify(text)));
  return `| ${kind} | ${Buffer.byteLength(text)} | ${tokens} | ${estimate} | ${(estimate / (1.35 * tokens)).toFixed(2)} |`;
});
const document = readFileSync(DOCUMENT, 'utf8');
const table = [
  '| text | bytes | old tokenizer | estimate | × 1.35 times old |',
  '| --- | --- | --- | --- | --- |',
  ...rows,
];
writeFileSync(
  DOCUMENT,
  document.replace(/<!-- table -->[\s\S]*<!-- \/table -->/, () =>
    ['<!-- table -->', '', ...table, '', '<!-- /table -->'].join('\n'),
  ),
);
