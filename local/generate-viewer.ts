import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type Answer, answerHeaders, toEdgeAnswer } from '../tenancy/answer.ts';
import { CONSOLE_PATH, corsHeaders, preflightAnswer } from '../tenancy/cors.ts';
import { DISCOVERY_PATH } from '../tenancy/discovery.ts';
import { BODY_LIMIT_BYTES, type Refusal } from '../tenancy/refusal.ts';
import { describe } from '../tenancy/refusal-description.ts';
import type { Wire } from '../tenancy/route.ts';
import { RESERVED_LABELS } from '../tenancy/tenant.ts';

/**
 * Writes tenancy's part of the viewer function, which can import nothing: the reserved labels, the paths of the
 * console and whole answers.
 *   npm run generate
 */
const BEGIN = '// generated from tenancy: npm run generate\n';
const END = '// end of generated\n';

/** Stand for what only the running request has, and only the deployed function. */
const REQUEST_ID = '{request-id}';
const CONSOLE_ORIGIN = '{console-origin}';

const COMMON_HEADERS: Readonly<Record<string, string>> = {
  ...answerHeaders(REQUEST_ID),
  'content-type': 'application/json',
};

const CORS_HEADERS = corsHeaders(CONSOLE_ORIGIN);
const SHARED_HEADERS: Readonly<Record<string, string>> = { ...COMMON_HEADERS, ...CORS_HEADERS };

/** Of every refusal of the function: a client's own retries cannot help. */
const REFUSED_HEADERS = { 'x-should-retry': 'false' };

const REFUSALS: readonly Refusal[] = [
  { kind: 'host_unknown' },
  { kind: 'credential_missing' },
  { kind: 'credential_invalid', why: 'shape' },
  { kind: 'credential_aws_signature' },
  { kind: 'body_too_large', limitBytes: BODY_LIMIT_BYTES },
];

/** HEAD has no body to tell anything in; the list of profiles, for whom has no credential yet, is empty. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  hello: { statusCode: 200, headers: COMMON_HEADERS, body: '' },
  profiles: { statusCode: 200, headers: COMMON_HEADERS, body: '{"inferenceProfileSummaries":[]}' },
  preflight: preflightAnswer(CONSOLE_ORIGIN, REQUEST_ID),
};

/** The source with the part between the markers made anew. @throws Error when the markers are gone */
export function generateViewer(source: string): string {
  const [before, rest] = source.split(BEGIN);
  const [old, after] = rest?.split(END) ?? [];
  if (before === undefined || old === undefined || after === undefined)
    throw new Error('viewer.js: the markers of the generated part are gone');
  return before + BEGIN + generated() + END + after;
}

function generated(): string {
  return [
    constant('RESERVED_LABELS', `'${[...RESERVED_LABELS].join(' ')}'.split(' ')`),
    constant('CONSOLE_PATH', String(CONSOLE_PATH)),
    constant('DISCOVERY_PATH', `'${DISCOVERY_PATH}'`),
    constant('COMMON_HEADERS', asViewerHeaders(COMMON_HEADERS)),
    constant('CORS_HEADERS', asViewerHeaders(CORS_HEADERS)),
    constant('REFUSED_HEADERS', asViewerHeaders(REFUSED_HEADERS)),
    constant('BODIES', JSON.stringify({ anthropic: bodyOf('anthropic'), bedrock: bodyOf('bedrock') })),
    constant('REFUSALS', `{\n${REFUSALS.map(refusalLine).join('')}}`),
    constant('ANSWERS', `{\n${Object.entries(ANSWERS).map(answerLine).join('')}}`),
  ].join('');
}

function constant(name: string, text: string): string {
  return `// biome-ignore format: generated\nconst ${name} = ${text};\n`;
}

/** A refusal's body on a wire, with places for what differs between refusals. */
function bodyOf(wire: Wire): string {
  const sample: Refusal = { kind: 'host_unknown' };
  const { message, ...types } = typesOf(sample);
  return toEdgeAnswer(sample, wire, REQUEST_ID).body.replace(types[wire], '{type}').replace(message, '{message}');
}

function typesOf(refusal: Refusal): { readonly message: string } & Readonly<Record<Wire, string>> {
  const { type, awsType, message } = describe(refusal);
  return { anthropic: type, bedrock: awsType, message };
}

/** What differs between refusals. @throws Error when the function could not make the whole of it again */
function refusalLine(refusal: Refusal): string {
  const types = typesOf(refusal);
  for (const wire of ['anthropic', 'bedrock'] as const) {
    const { headers, body } = toEdgeAnswer(refusal, wire, REQUEST_ID);
    const again = bodyOf(wire).replace('{type}', types[wire]).replace('{message}', types.message);
    if (body !== again || !isDeepStrictEqual(headers, { ...COMMON_HEADERS, ...REFUSED_HEADERS }))
      throw new Error(`viewer.js: ${refusal.kind} does not fit into the templates of the refusals`);
  }
  return `  ${refusal.kind}: ${JSON.stringify({ statusCode: describe(refusal).status, ...types })},\n`;
}

/** A whole answer in the shape that CloudFront takes from a function; what several have is in the constants of headers. */
function answerLine([name, { statusCode, headers, body }]: [string, Answer]): string {
  const own = Object.entries(headers).filter(([header, value]) => SHARED_HEADERS[header] !== value);
  const fields = `"headers":${asViewerHeaders(Object.fromEntries(own))}${body ? `,"body":${JSON.stringify(body)}` : ''}`;
  return `  ${name}: {"statusCode":${statusCode},${fields}},\n`;
}

function asViewerHeaders(headers: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }])));
}

if (import.meta.main) {
  const file = new URL('../edge/viewer/viewer.js', import.meta.url);
  writeFileSync(file, generateViewer(readFileSync(file, 'utf8')));
}
