import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { Linter } from 'eslint';
import es from 'eslint-plugin-es-x';
import { VIEWER_SIZE_LIMIT } from '../../edge/viewer/render.ts';
import { asScript, type ViewerEvent, type ViewerRun } from '../../local/cloudfront/viewer-runtime.ts';

/** The gates of the viewer function. Each returns what it found wrong; nothing means that CloudFront would take the code. */

/** Beyond ES5: what CloudFront's runtime 2.0 is documented to have. */
const LANGUAGE = {
  arrow: true,
  'const-and-let': true,
  'template-literal': true,
  'async-await': true,
  'rest-argument': true,
  'exponent-operator': true,
  'regexp-named-capture-groups': true,
};

/** The same list, and the library that came with it, as the lint rules that are lifted. */
const LIFTED = [
  'no-arrow-functions',
  'no-async-functions',
  'no-block-scoped-variables',
  'no-exponential-operators',
  'no-modules',
  'no-object-assign',
  'no-promise',
  'no-property-shorthands',
  'no-regexp-named-capture-groups',
  'no-rest-parameters',
  'no-string-prototype-endswith',
  'no-string-prototype-startswith',
  'no-template-literals',
  'no-trailing-function-commas',
];

export function sizeProblems(code: string): string[] {
  const size = Buffer.byteLength(code);
  return size < VIEWER_SIZE_LIMIT ? [] : [`${size} bytes`];
}

/** What cannot be said in CloudFront's language at all. What could be lowered passes here and is the lint's. */
export async function buildProblems(code: string): Promise<string[]> {
  try {
    const { warnings } = await transform(code, { target: 'es5', supported: LANGUAGE, logLevel: 'silent' });
    return warnings.map(({ text }) => text);
  } catch (error) {
    return (error as { errors: { text: string }[] }).errors.map(({ text }) => text);
  }
}

/** Syntax and library newer than ES5, except what CloudFront has. Methods are judged by name, whatever they are called on. */
export function lintProblems(code: string): string[] {
  const newer = { ...es.configs['flat/restrict-to-es5'].rules };
  for (const rule of LIFTED) newer[`es-x/${rule}`] = 'off';
  const config: Linter.Config = {
    plugins: { 'es-x': es },
    languageOptions: { ecmaVersion: 'latest', sourceType: 'module' },
    settings: { 'es-x': { aggressive: true } },
    rules: newer,
  };
  return new Linter().verify(code, [config], { filename: 'viewer.js' }).map(({ message }) => message);
}

/** Whether Debian's njs, the nearest thing to CloudFront's own engine, is here. */
export function hasNjs(): boolean {
  return spawnSync('njs', ['-v']).status === 0;
}

/** Runs the function under njs. What njs cannot parse comes back as a failed run with its message. */
export function runUnderNjs(code: string, event: ViewerEvent, entries: Readonly<Record<string, string>>): ViewerRun {
  const world = `
    const $event = ${JSON.stringify(JSON.stringify(event))};
    const $lookUp = (key) => (${JSON.stringify(entries)})[key];
    const $report = (text) => console.log(text);
  `;
  const folder = mkdtempSync(join(tmpdir(), 'viewer-'));
  try {
    const file = join(folder, 'viewer.js');
    writeFileSync(file, world + asScript(code));
    const { status, stdout, stderr } = spawnSync('njs', [file], { encoding: 'utf8' });
    return status === 0 && stdout ? (JSON.parse(stdout) as ViewerRun) : { ok: false, error: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
