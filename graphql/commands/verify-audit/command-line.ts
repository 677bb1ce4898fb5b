import { no, ok, type Result } from '../../../tenancy/result.ts';
import type { Trail } from '../../../tenancy/table/audit-entity.ts';
import { parseTenantId } from '../../../tenancy/tenant.ts';
import { readWords } from '../words.ts';
import type { Verdict } from './verify.ts';

export const USAGE = `usage: npm run verify-audit -- TENANT|platform [--json]

  TENANT     the trail of this tenant
  platform   the platform's own trail

  --json             one JSON object, for scripts
  --platform FILE    platform.json of a local platform (without settings: the one that runs here)

  Reads the hash chain of an audit trail from its beginning, recomputes every hash from the entries, and names the first
  place at which it does not hold. The hash that it prints seals everything up to there: kept outside the database, it
  shows later whether somebody has written the whole chain anew.

  Settings: DIRECTORY_TABLE, LEDGER_TABLE, AWS_ENDPOINT_URL_DYNAMODB.
  Exit code 0: the chain holds; 1: it does not, or entries are not chained; 2: nothing was verified.

examples:
  npm run verify-audit -- acme
  npm run verify-audit -- platform --json`;

export type Command = { readonly trail: Trail; readonly json: boolean; readonly platform?: string };

/** Reads the command's words. No tenant can be called `platform`: the word is reserved. */
export function readCommand(args: readonly string[]): Result<Command | 'help', string> {
  const words = readWords(args, {});
  if (!words.ok) return words;
  const { values, positionals } = words.value;
  if (values.help) return ok('help');
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) return no('name one tenant, or platform');
  const trail = name === 'platform' ? null : parseTenantId(name);
  if (trail === null && name !== 'platform') return no(`${JSON.stringify(name)} is no tenant id`);
  return ok({
    trail,
    json: values.json,
    ...(values.platform === undefined ? {} : { platform: values.platform }),
  });
}

/** So many ids are shown to people; `--json` has them all. */
const SHOWN = 20;

/** The verdict for people. */
export function verdictLines({ verified, redacted, hash, broken, unchained }: Verdict, isOver = false): string[] {
  const told = broken?.auditId === undefined ? '' : ` (${broken.auditId})`;
  const late = unchained.slice(0, SHOWN).join(', ') + (unchained.length > SHOWN ? ', ...' : '');
  return [
    `${verified} ${verified === 1 ? 'entry' : 'entries'} verified, sealed by ${hash}`,
    ...(redacted > 0
      ? [`${isOver ? 'people were taken out' : 'TAKEN OUT, of a tenant that is not closed'}: ${redacted}`]
      : []),
    ...(broken ? [`BROKEN at ${broken.sequence}: ${broken.what}${told}`] : []),
    ...(unchained.length > 0 ? [`NOT CHAINED: ${unchained.length}: ${late}`] : []),
  ];
}

/** @param isOver whether it is the trail of a tenant that is closed: of another one nobody takes anything out */
export function holds({ broken, unchained, redacted }: Verdict, isOver = false): boolean {
  return broken === null && unchained.length === 0 && (isOver || redacted === 0);
}
