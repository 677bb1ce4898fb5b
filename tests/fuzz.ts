/**
 * How the fuzz tests run (`*-fuzz.test.ts`): 20,000 inputs each as part of `npm test`, 1,000,000 with `npm run fuzz`.
 * A failure prints the seed and the path of its input; `FUZZ_SEED` runs it again.
 */
const FUZZ_RUNS = whole('FUZZ_RUNS', 20_000);
const FUZZ_SEED = whole('FUZZ_SEED', 20_261_122);

/** For `fc.assert`. @param batch how many inputs one run of the property holds */
export function fuzzSettings(batch = 1): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: Math.ceil(FUZZ_RUNS / batch), seed: FUZZ_SEED };
}

/** For `it`: nothing here waits, so the limit only ends what never would. */
export const FUZZ_TIMEOUT_MS = 120_000 + FUZZ_RUNS * 5;

/** Changes of a text or of bytes: where two readers would first disagree. `pick` chooses the place, `how` what happens there. */
export type Change = { readonly pick: number; readonly how: number; readonly with: number };

/** The text with each change made: a piece replaced, put in, lost, doubled, moved to the front, or the rest cut off. */
export function mutateText(text: string, changes: readonly Change[], pieces: readonly string[]): string {
  return changes.reduce((now, change) => {
    const at = change.pick % (now.length + 1);
    const piece = pieces[change.with % pieces.length] ?? '';
    const [before, after] = [now.slice(0, at), now.slice(at)];
    switch (change.how % 6) {
      case 0:
        return before + piece + after.slice(1);
      case 1:
        return before + piece + after;
      case 2:
        return before + after.slice(1);
      case 3:
        return before + after.slice(0, 1) + after;
      case 4:
        return after + before;
      default:
        return before;
    }
  }, text);
}

/** The same for bytes. */
export function mutateBytes(bytes: Buffer, changes: readonly Change[]): Buffer {
  const text = mutateText(
    bytes.toString('latin1'),
    changes,
    Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)),
  );
  return Buffer.from(text, 'latin1');
}

function whole(name: string, otherwise: number): number {
  const number = Number(process.env[name] ?? otherwise);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${name} must be a whole number`);
  return number;
}
