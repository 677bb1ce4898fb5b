import { type DocumentNode, Lexer, parse, Source, TokenKind } from 'graphql';
import { no, ok, type Result } from '../../../tenancy/result.ts';
import { BODY_LIMIT_BYTES, type LimitReason, QUERY_LIMITS } from './limits.ts';

/** For whoever has the body in hand, before it is read as JSON. */
export function checkBody(body: string | Uint8Array): LimitReason | null {
  // A text's length in UTF-16 is never more than its bytes: a long one need not be encoded to be refused.
  const bytes =
    typeof body === 'string' ? (body.length > BODY_LIMIT_BYTES ? body.length : Buffer.byteLength(body)) : body.length;
  return bytes > BODY_LIMIT_BYTES ? { kind: 'body_too_large' } : null;
}

/**
 * Parses a document that is small enough to be parsed.
 * @returns null when it is no GraphQL at all: the server has words for that
 */
export function readDocument(text: string): Result<DocumentNode | null, LimitReason> {
  const tooMuch = text.length > QUERY_LIMITS.text ? ({ kind: 'text_too_long' } as const) : checkTokens(text);
  if (tooMuch) return no(tooMuch);
  try {
    return ok(parse(text, { noLocation: true }));
  } catch {
    return ok(null);
  }
}

/**
 * Counts tokens and how deep brackets stand in each other. The parser can count the first itself, but it recurses: 2,000
 * tokens that are all `[` overflow its stack. So does whatever walks over the document after it.
 */
function checkTokens(text: string): LimitReason | null {
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  try {
    for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens++) {
      if (tokens === QUERY_LIMITS.tokens) return { kind: 'too_many_tokens' };
      depth += DEEPER.get(lexer.token.kind) ?? 0;
      if (depth > QUERY_LIMITS.brackets) return { kind: 'too_many_brackets' };
    }
  } catch {
    // Not even tokens: the parser stops at the same place.
  }
  return null;
}

const DEEPER: ReadonlyMap<string, number> = new Map([
  [TokenKind.BRACE_L, 1],
  [TokenKind.BRACKET_L, 1],
  [TokenKind.PAREN_L, 1],
  [TokenKind.BRACE_R, -1],
  [TokenKind.BRACKET_R, -1],
  [TokenKind.PAREN_R, -1],
]);
