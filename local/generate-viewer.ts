import { readFileSync, writeFileSync } from 'node:fs';
import { type Answer, answerHeaders, toEdgeAnswer } from '../tenancy/answer.ts';
import { BODY_LIMIT_BYTES, type Refusal } from '../tenancy/refusal.ts';
import type { Wire } from '../tenancy/route.ts';
import { RESERVED_LABELS } from '../tenancy/tenant.ts';

/**
 * Writes tenancy's part of the viewer function, which can import nothing: the reserved labels and whole answers.
 *   npm run generate
 */
const BEGIN = '// generated from tenancy: npm run generate\n';
const END = '// end of generated\n';

/** Stands for the id that only the running request has. */
const REQUEST_ID = '{request-id}';

const COMMON_HEADERS: Readonly<Record<string, string>> = {
  ...answerHeaders(REQUEST_ID),
  'content-type': 'application/json',
};

const REFUSALS: readonly Refusal[] = [
  { kind: 'host_unknown' },
  { kind: 'credential_missing' },
  { kind: 'credential_invalid', why: 'shape' },
  { kind: 'body_too_large', limitBytes: BODY_LIMIT_BYTES },
];

/** The source with the part between the markers made anew. @throws Error when the markers are gone */
export function generateViewer(source: string): string {
  const [before, rest] = source.split(BEGIN);
  const [old, after] = rest?.split(END) ?? [];
  if (before === undefined || old === undefined || after === undefined)
    throw new Error('viewer.js: the markers of the generated part are gone');
  return before + BEGIN + generated() + END + after;
}

function generated(): string {
  const answers = REFUSALS.map((refusal) => {
    const of = (wire: Wire) => asViewerAnswer(toEdgeAnswer(refusal, wire, REQUEST_ID));
    return [refusal.kind, of] as const;
  });
  const lines = [...answers, ['probe', probe] as const].map(
    ([kind, of]) => `  ${kind}: {\n    anthropic: ${of('anthropic')},\n    bedrock: ${of('bedrock')},\n  },\n`,
  );
  return [
    '// biome-ignore format: generated\n',
    `const RESERVED_LABELS = '${[...RESERVED_LABELS].join(' ')}'.split(' ');\n`,
    '// biome-ignore format: generated\n',
    `const COMMON_HEADERS = ${JSON.stringify(asViewerHeaders(COMMON_HEADERS))};\n`,
    '// biome-ignore format: generated\n',
    `const ANSWERS = {\n${lines.join('')}};\n`,
  ].join('');
}

/** Nothing to tell on Anthropic's probes, which are HEAD; an empty list on Bedrock's. */
function probe(wire: Wire): string {
  const body = wire === 'bedrock' ? '{"inferenceProfileSummaries":[]}' : '';
  return asViewerAnswer({ statusCode: 200, headers: COMMON_HEADERS, body });
}

/** As JSON, in the shape that CloudFront takes from a function; what all answers have is left to COMMON_HEADERS. */
function asViewerAnswer({ statusCode, headers, body }: Answer): string {
  const own = Object.entries(headers).filter(([name, value]) => COMMON_HEADERS[name] !== value);
  return JSON.stringify({ statusCode, headers: asViewerHeaders(Object.fromEntries(own)), ...(body ? { body } : {}) });
}

function asViewerHeaders(headers: Readonly<Record<string, string>>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]));
}

if (import.meta.main) {
  const file = new URL('../edge/viewer/viewer.js', import.meta.url);
  writeFileSync(file, generateViewer(readFileSync(file, 'utf8')));
}
