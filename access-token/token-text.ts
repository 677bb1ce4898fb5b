import { readJsonMembers } from '../tenancy/json-members.ts';
import { no, ok, type Result } from '../tenancy/result.ts';

/** A token taken apart, nothing in it believed yet. */
export type TokenParts = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
};

const MAX_LENGTH = 8 * 1024;

/**
 * Takes a JWT apart, and demands that it is spelt in the one way that its issuer's library spells it. aws-jwt-verify
 * takes padding, stray bits in a last character and claims that stand twice, so that one token had many spellings and
 * two readers of one token could see two tenants.
 * A no carries the reason for the log, which holds nothing of the token.
 */
export function readToken(text: string): Result<TokenParts, string> {
  if (text.length > MAX_LENGTH) return no('token is too long');
  const parts = text.split('.');
  const [header, payload, signature] = parts.map(decodeCanonical);
  if (parts.length !== 3 || !header || !payload || !signature)
    return no('token is not three canonical base64url parts');
  const headerJson = readPlainObject(header);
  const payloadJson = readPlainObject(payload);
  if (!headerJson || !payloadJson) return no('token is not made of JSON objects with distinct, plain keys');
  return ok({ header: headerJson, payload: payloadJson });
}

/** Null unless encoding the bytes again gives the very same text: no padding, no other alphabet, no stray bits. */
function decodeCanonical(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url');
  return part !== '' && bytes.toString('base64url') === part ? bytes : null;
}

/** Only what stands at the top level is ever read from a token, so only there must keys be distinct. */
function readPlainObject(bytes: Buffer): Record<string, unknown> | null {
  if (!readJsonMembers(bytes).ok) return null;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
