import { createHash } from 'node:crypto';
import { type Block, blocksOf, type ModelRequest } from './request.ts';

/** Tokens by the five classes that are charged differently; `input` excludes what the cache read or wrote. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

export type InputUsage = Omit<Usage, 'output'>;

/** One piece of the prompt in the order in which the model reads it: tools, system, messages. */
interface Piece {
  readonly text: string;
  readonly characters: number;
  readonly ttl?: '5m' | '1h';
}

const CHARACTERS_PER_TOKEN = 4;
const IMAGE_CHARACTERS = 6400;
const MAX_KEPT_PREFIXES = 20_000;

export function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/**
 * The prompt's size as the model counts it, roughly: the same as the sum of what `measure` says, whatever of it the
 * cache holds.
 */
export function promptTokens(request: ModelRequest): number {
  const pieces = piecesOf(request);
  const lastMark = pieces.findLastIndex((piece) => piece.ttl !== undefined);
  const marked = charactersOf(pieces.slice(0, lastMark + 1));
  return tokensOf(marked) + inputTokens(charactersOf(pieces) - marked);
}

function charactersOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.characters, 0);
}

/** Never nothing: what follows the last mark begins at least the model's turn. */
function inputTokens(characters: number): number {
  return Math.max(1, tokensOf(characters));
}

/**
 * A model's prompt cache. A piece with `cache_control` writes the prompt up to itself, charged by its ttl; a later
 * prompt that begins the same reads the longest written beginning. Unlike the real one it neither forgets by time nor
 * needs 1,024 tokens, so that the same two calls always give the same figures.
 */
export function createPromptCache(): { measure(modelId: string, request: ModelRequest): InputUsage } {
  const written = new Set<string>();

  function measure(modelId: string, request: ModelRequest): InputUsage {
    const pieces = piecesOf(request);
    const lastMark = pieces.findLastIndex((piece) => piece.ttl !== undefined);
    const prefixes = hashPrefixes(modelId, pieces.slice(0, lastMark + 1));
    const hit = prefixes.findLastIndex((prefix) => written.has(prefix));
    const sums = { cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    let characters = 0;
    let assigned = 0;
    for (const [i, piece] of pieces.slice(0, lastMark + 1).entries()) {
      characters += piece.characters;
      const end = i <= hit ? i === hit : piece.ttl !== undefined;
      if (!end) continue;
      // Rounded on the way, not class by class, so that the classes add up to the same whatever was cached.
      const written = piece.ttl === '1h' ? 'cacheWrite1h' : 'cacheWrite5m';
      sums[i === hit ? 'cacheRead' : written] += tokensOf(characters) - assigned;
      assigned = tokensOf(characters);
    }
    for (const [i, prefix] of prefixes.entries()) if (pieces[i]?.ttl !== undefined) remember(prefix);
    return { ...sums, input: inputTokens(charactersOf(pieces) - characters) };
  }

  function remember(prefix: string): void {
    written.add(prefix);
    for (const oldest of written) {
      if (written.size <= MAX_KEPT_PREFIXES) break;
      written.delete(oldest);
    }
  }

  return { measure };
}

function hashPrefixes(modelId: string, pieces: readonly Piece[]): string[] {
  const hash = createHash('sha256').update(modelId);
  return pieces.map((piece) => hash.update(`\0${piece.text}`).copy().digest('base64'));
}

function piecesOf(request: ModelRequest): Piece[] {
  const tools = (request.tools ?? []).map((tool) => toPiece(tool, 'tool'));
  const system = blocksOf(request.system).map((block) => toPiece(block, 'system'));
  const messages = request.messages.flatMap(({ role, content }) =>
    blocksOf(content).map((block) => toPiece(block, role)),
  );
  return [...tools, ...system, ...messages];
}

/** The mark itself is no part of the text: it moves on to a later block while the prompt's beginning stays the same. */
function toPiece(block: Block | { readonly [field: string]: unknown }, role: string): Piece {
  const { cache_control, ...content } = block as { cache_control?: { ttl?: string } | null; text?: unknown };
  const json = JSON.stringify(content);
  const image = /"data":"([^"]*)"/.exec(json)?.[1] ?? '';
  const size = json.length - image.length + (image === '' ? 0 : IMAGE_CHARACTERS);
  const characters = typeof content.text === 'string' ? content.text.length : size;
  const piece = { text: `${role} ${json}`, characters };
  if (cache_control === undefined || cache_control === null) return piece;
  return { ...piece, ttl: cache_control.ttl === '1h' ? '1h' : '5m' };
}
