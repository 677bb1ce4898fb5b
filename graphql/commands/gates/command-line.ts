import type { Gate, GateId } from '../../../tenancy/gate.ts';
import { standing } from '../../../tenancy/gate-rebuild.ts';
import type { Region } from '../../../tenancy/region.ts';
import { no, ok, type Result } from '../../../tenancy/result.ts';
import type { Stop } from '../../../tenancy/switches.ts';
import type { Rebuild } from '../../../tenancy/table/gate-rebuild.ts';
import { gateText, parseGateWords } from '../subject.ts';
import { readWords } from '../words.ts';

export const USAGE = `usage: npm run gates -- rebuild|show TENANT [user USER | key KEY_ID] [--month 2026-11] [--json]

  rebuild   make what gates say of a month's money what the ledger says: of one gate, or of the tenant's and all its users' and keys'
  show      what they say now, and whether they are closed

  --month 2026-11    this month, unless named; gates keep this one and the last
  --json             one JSON object, for scripts
  --platform FILE    platform.json of a local platform (without settings: the one that runs here)

  Settings: DIRECTORY_TABLE, LEDGER_TABLE, REGIONS (all, unless named), AWS_ENDPOINT_URL_DYNAMODB.
  Exit code 0: done; 1: some gates are busy, or a region could not be read: try again; 2: nothing was done.

examples:
  npm run gates -- show acme
  npm run gates -- rebuild acme user usr_anna
  npm run gates -- rebuild acme --month 2026-11 --json`;

export type Command = {
  readonly action: 'rebuild' | 'show';
  readonly id: GateId;
  /** Undefined: the month that it is. */
  readonly month?: string;
  readonly json: boolean;
  readonly platform?: string;
};

export function readCommand(args: readonly string[]): Result<Command | 'help', string> {
  const words = readWords(args, { month: { type: 'string' } });
  if (!words.ok) return words;
  const { values, positionals } = words.value;
  if (values.help) return ok('help');
  const { json, month, platform } = values;
  const [action, ...subject] = positionals;
  if (action !== 'rebuild' && action !== 'show') return no('say rebuild or show');
  if (month !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return no(`--month ${month}: write it as 2026-11`);
  const id = parseGateWords(subject);
  if (!id.ok) return id;
  return ok({
    action,
    id: id.value,
    json,
    ...(month === undefined ? {} : { month }),
    ...(platform === undefined ? {} : { platform }),
  });
}

/** A gate as `show` tells it. */
export type Shown = { readonly id: GateId; readonly gate: Gate; readonly stop: Stop | null };

/** What one ledger's gates said, or why it could not be asked. */
export type Told =
  | { readonly regions: readonly Region[]; readonly shown: readonly Shown[] }
  | { readonly regions: readonly Region[]; readonly rebuilt: readonly Rebuild[] }
  | { readonly regions: readonly Region[]; readonly why: string };

/** For people. Money in dollars, to the nano-dollar: a rounded difference would hide what is looked for. */
export function toldLines(told: Told, month: string): string[] {
  const lines =
    'why' in told
      ? [`FAILED: ${told.why}`]
      : 'shown' in told
        ? told.shown.map((one) => shownLine(one, month))
        : told.rebuilt.map(rebuiltLine);
  return [`${told.regions.join(', ')}, ${month}`, ...lines.map((line) => `  ${line}`)];
}

function shownLine({ id, gate, stop }: Shown, month: string): string {
  const { committed, spent } = standing(gate, month);
  const closed = stop ? `, CLOSED since ${new Date(stop.at).toISOString()} by ${stop.by}: ${stop.reason}` : '';
  return `${gateText(id)}: spent ${dollars(spent)}, held ${dollars(committed - spent)}${closed}`;
}

function rebuiltLine({ id, outcome, before, after }: Rebuild): string {
  if (outcome === 'busy') return `${gateText(id)}: BUSY, nothing was changed; try again when fewer requests run`;
  const change = (name: string, from: bigint, to: bigint) =>
    `${name} ${dollars(to)}${from === to ? '' : ` (was ${dollars(from)}, ${dollars(to - from)})`}`;
  return `${gateText(id)}: ${outcome}, ${change('committed', before.committed, after.committed)}, ${change('spent', before.spent, after.spent)}`;
}

function dollars(nanoUsd: bigint): string {
  const digits = String(nanoUsd < 0n ? -nanoUsd : nanoUsd).padStart(10, '0');
  return `${nanoUsd < 0n ? '-' : ''}$${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** For scripts: money in nano-USD, as text, for it may be more than a number holds. */
export function toldJson(told: readonly Told[], month: string): string {
  const plain = told.map((one) => {
    if ('why' in one) return one;
    if ('rebuilt' in one) return one;
    const gates = one.shown.map(({ id, gate, stop }) => ({
      id,
      ...standing(gate, month),
      counters: Object.fromEntries(gate.counters),
      stop,
    }));
    return { regions: one.regions, gates };
  });
  return JSON.stringify({ month, ledgers: plain }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
