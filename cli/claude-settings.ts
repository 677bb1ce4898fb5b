import { applyEdits, type FormattingOptions, type JSONPath, modify } from 'jsonc-parser';

/** One of Claude Code's settings, by its path: `['env', 'ANTHROPIC_BASE_URL']`. */
export type Setting = { readonly path: readonly string[]; readonly value: string };
/** A setting that was written, with what stood there before; absent when nothing did. */
export type Change = Setting & { readonly before?: unknown };

/** Why a settings file cannot be edited; `line` counts from 1. */
export class SettingsError extends Error {
  readonly line: number | undefined;
  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

const BOM = '\uFEFF';

/**
 * Writes settings into the text of a settings file, and nothing else: other settings, their order and the white space
 * around them stay.
 * @param text undefined for a file that is not there
 * @throws SettingsError when it is no JSON object, as Claude Code itself would not read it
 */
export function writeSettings(
  text: string | undefined,
  settings: readonly Setting[],
): { text: string; changes: Change[] } {
  const source = text === undefined || text.trim() === '' ? '{}\n' : text;
  const before = parse(source);
  const changes = settings.map((setting): Change => {
    const old = valueAt(before, setting.path);
    return old === undefined ? setting : { ...setting, before: old };
  });
  const written = edit(
    source,
    settings.map(({ path, value }) => ({ path, value })),
  );
  const after = parse(written);
  const lost = settings.find(({ path, value }) => valueAt(after, path) !== value);
  // A key that is there twice counts by its last, and is edited at its first.
  if (lost) throw new SettingsError(`has ${lost.path[0]} more than once; leave one`);
  return { text: written, changes };
}

/**
 * Takes settings back out of a text that was changed since. What somebody has set to another value is theirs and stays.
 * @throws SettingsError when it is no JSON object
 */
export function takeBack(text: string, changes: readonly Change[]): string {
  const now = parse(text);
  const ours = changes.filter(({ path, value }) => valueAt(now, path) === value);
  const restored = edit(
    text,
    ours.map(({ path, before }) => ({ path, value: before })),
  );
  // An object that was made for our settings alone goes with them.
  const parents = new Set(
    ours.filter(({ path, before }) => path.length > 1 && before === undefined).map(({ path }) => path[0] ?? ''),
  );
  const left = parse(restored);
  const empty = [...parents].filter((name) => {
    const value = valueAt(left, [name]);
    return isObject(value) && Object.keys(value).length === 0;
  });
  return edit(
    restored,
    empty.map((name) => ({ path: [name], value: undefined })),
  );
}

/** The settings of a file's text, to look at. @throws SettingsError when it is no JSON object */
export function parse(text: string): Readonly<Record<string, unknown>> {
  const body = text.startsWith(BOM) ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw new SettingsError('is not JSON', lineOf(body, error));
  }
  if (!isObject(value)) throw new SettingsError('is no JSON object', 1);
  return value;
}

export function valueAt(settings: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    settings,
  );
}

function edit(text: string, edits: readonly { readonly path: readonly string[]; readonly value: unknown }[]): string {
  const formattingOptions = formatOf(text);
  return edits.reduce((source, { path, value }) => {
    const parent = path.slice(0, -1);
    const there = valueAt(parse(source), parent);
    if (parent.length > 0 && there !== undefined && !isObject(there))
      throw new SettingsError(`has ${parent.join('.')} that is no object`);
    return applyEdits(source, modify(source, path as JSONPath, value, { formattingOptions }));
  }, text);
}

/** As the file is written already. */
function formatOf(text: string): FormattingOptions {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/** V8 tells a position in most of its words, and none where the text ends too early. */
function lineOf(text: string, error: unknown): number {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
