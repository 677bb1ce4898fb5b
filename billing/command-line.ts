import { parseArgs } from 'node:util';
import { isSettled } from '../tenancy/billing-day.ts';
import { decimalUsd } from '../tenancy/money.ts';
import { no, ok, type Result } from '../tenancy/result.ts';
import { startOfDay } from '../tenancy/utc-day.ts';
import type { JobReport } from './job.ts';
import type { DayReport } from './run.ts';

export const USAGE = `usage: npm run billing -- [--date 2026-11-22] [--json] [--platform FILE]

  Does what is due: the daily run of each day (UTC) that is over and not billed, and the close of each month. Run it again
  whenever in doubt.

  --date DAY        the run of this day alone, due or not: lays the lake beside the book, counts, compares with what AWS
                    wrote down, prices, tells the meter, and reads it back
  --json            one JSON object on stdout, for programs
  --platform FILE   platform.json of a local platform (without settings: the one that runs here)
  --help            this text

  Settings: DIRECTORY_TABLE, LEDGER_TABLE, LAKE_BUCKET, ATHENA_DATABASE, ATHENA_WORKGROUP, STRIPE_API_KEY.
  Exit code 0: every day that was run is billed for every tenant, and no month is blocked; 1: some are not, and why stands in
  their lines; 2: wrong usage or settings, nothing was done.`;

/** Without a day: what is due. */
export type Command = { readonly day?: string; readonly json: boolean; readonly platform?: string };

/** Reads the command line. */
export function readCommand(words: readonly string[]): Result<Command | 'help', string> {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        date: { type: 'string' },
        json: { type: 'boolean', default: false },
        platform: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return ok('help');
    if (positionals.length > 0) return no(`${positionals[0]} is not understood; a day is named by --date`);
    const { date: day, json, platform } = values;
    if (day !== undefined) startOfDay(day);
    return ok({ json, ...(day === undefined ? {} : { day }), ...(platform ? { platform } : {}) });
  } catch (error) {
    return no(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

/** What people read of a run. */
export function reportLines({ days, broken, left, months }: JobReport): string[] {
  const nothing = days.filter(({ tenants, quarantined }) => tenants.length === 0 && quarantined === 0);
  const [first, last] = [nothing[0]?.day, nothing.at(-1)?.day];
  const lines = [
    ...(nothing.length > 1 ? [`${first} to ${last}: ${nothing.length} days of nothing`] : nothing.flatMap(dayLines)),
    ...days.filter((one) => !nothing.includes(one)).flatMap(dayLines),
    ...broken.map(({ day, why }) => `${day}: its run broke off: ${why}`),
    ...months.map(
      ({ tenantId, month, state, why }) => `${state.padEnd(13)} ${tenantId} ${month}${why ? `  ${why}` : ''}`,
    ),
    ...(left.length > 0 ? [`left to the next run: ${left.join(', ')}`] : []),
  ];
  return lines.length > 0 ? lines : ['nothing is due'];
}

function dayLines({ day, tenants, quarantined, writtenAgain, corrected }: DayReport): string[] {
  const lines = tenants.map(({ tenantId, day: { state, revision, rated, push, adjustedIn }, why }) => {
    const told = push ? `, told $${decimalUsd(push.microUsd * 1_000n)}` : '';
    const amount = rated ? `  ${rated.requests} requests, $${decimalUsd(rated.nanoUsd)}${told}` : '';
    const how = adjustedIn === undefined ? state : 'ADJUSTED';
    const where = adjustedIn === undefined ? '' : `, billed with ${adjustedIn}`;
    return `${how.padEnd(13)} ${tenantId} r${revision}${amount}${where}${why ? `  ${why}` : ''}`;
  });
  const beside = [
    quarantined > 0 ? `${quarantined} lines in quarantine` : '',
    writtenAgain > 0 ? `${writtenAgain} records written again` : '',
    corrected > 0 ? `${corrected} estimates corrected` : '',
  ].filter(Boolean);
  const settled = tenants.filter((one) => isSettled(one.day)).length;
  return [...lines, [`${day}: ${settled} of ${tenants.length} tenants are billed`, ...beside].join('; ')];
}

/** What programs read: money and tokens as decimal text. */
export function reportJson(report: DayReport | JobReport): string {
  return JSON.stringify(report, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** Whether everything that was run is billed, and no month waits for somebody. */
export function isHeld({ days, broken, left, months }: JobReport): boolean {
  return (
    days.every(({ tenants }) => tenants.every(({ day }) => isSettled(day))) &&
    broken.length === 0 &&
    left.length === 0 &&
    months.every(({ isBlocked }) => !isBlocked)
  );
}
