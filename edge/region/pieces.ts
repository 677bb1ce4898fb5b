import type { JsonMember } from '../../tenancy/json-members.ts';

/** A part of a rewritten body: bytes of the source as they stand there, or ASCII text of ours. */
export type Piece = string | { readonly start: number; readonly end: number };

/** A list of pieces in which neighbours in the source are one piece, so that what was left alone is one copy. */
export class Pieces {
  readonly list: (string | { readonly start: number; end: number })[] = [];

  run(start: number, end: number): void {
    const last = this.list.at(-1);
    if (last !== undefined && typeof last !== 'string' && last.end === start) last.end = end;
    else if (start < end) this.list.push({ start, end });
  }

  add(piece: Piece): void {
    if (typeof piece === 'string') this.list.push(piece);
    else this.run(piece.start, piece.end);
  }
}

/** What else is done to an object: members put in front, without braces, and values that change. */
export type ObjectChange = {
  readonly first?: string;
  readonly values?: ReadonlyMap<string, readonly Piece[] | null>;
};

/** An object with some members cut out. Members that stay keep the white space between them. */
export function objectPieces(
  members: readonly JsonMember[],
  drop: (key: string) => boolean,
  { first = '', values }: ObjectChange = {},
): readonly Piece[] {
  const pieces = new Pieces();
  pieces.add(`{${first}`);
  let empty = first === '';
  let before: JsonMember | undefined;
  for (const member of members) {
    if (drop(member.key)) {
      before = undefined;
      continue;
    }
    if (before) pieces.run(before.valueEnd, member.start);
    else if (!empty) pieces.add(',');
    const value = values?.get(member.key);
    pieces.run(member.start, value ? member.valueStart : member.valueEnd);
    for (const piece of value ?? []) pieces.add(piece);
    empty = false;
    before = member;
  }
  pieces.add('}');
  return pieces.list;
}

/** Puts the pieces into one buffer. */
export function writePieces(bytes: Uint8Array, pieces: readonly Piece[]): Buffer {
  const length = pieces.reduce((sum, one) => sum + (typeof one === 'string' ? one.length : one.end - one.start), 0);
  const out = Buffer.allocUnsafe(length);
  let at = 0;
  for (const one of pieces) {
    if (typeof one === 'string') at += out.write(one, at, 'latin1');
    else {
      out.set(bytes.subarray(one.start, one.end), at);
      at += one.end - one.start;
    }
  }
  return out;
}
