import { no, ok, type Result } from '../../../tenancy/result.ts';
import { readWords } from '../words.ts';
import { type KillTarget, parseTarget, type RegionOutcome } from './kill-switch.ts';

export const USAGE = `usage: npm run kill-switch -- stop|resume TARGET --reason "..." [--yes] [--json]
       npm run kill-switch -- status [TARGET] [--json]

  TARGET   platform | region REGION | model MODEL | tenant TENANT | user TENANT USER | key TENANT KEY_ID

  --reason "..."     why, for the next who looks (stop needs one)
  --yes              do not ask before something is stopped that all tenants use
  --json             one JSON object, for scripts
  --platform FILE    platform.json of a local platform (without settings: the one that runs here)

  Settings: DIRECTORY_TABLE, LEDGER_TABLE, REGIONS (all, unless named), AWS_ENDPOINT_URL_DYNAMODB.
  Every region's ledger is written before it answers. Exit code 0: all of them were; 1: some were not, run it again;
  2: nothing was done.

examples:
  npm run kill-switch -- stop key acme k3jD8sQ0aZ --reason "leaked in a public repository"
  npm run kill-switch -- stop model claude-opus-5-5 --reason "wrong price in force" --yes
  npm run kill-switch -- status tenant acme
  npm run kill-switch -- resume tenant acme --reason "invoice paid"`;

export type Command = {
  readonly action: 'stop' | 'resume' | 'status';
  /** Null for a status of everything. */
  readonly target: KillTarget | null;
  readonly reason: string;
  readonly json: boolean;
  readonly yes: boolean;
  readonly platform?: string;
};

/** Reads the command's words; a reason is wanted for whatever stops something. */
export function readCommand(args: readonly string[]): Result<Command | 'help', string> {
  const words = readWords(args, { reason: { type: 'string' }, yes: { type: 'boolean', default: false } });
  if (!words.ok) return words;
  const { values, positionals } = words.value;
  if (values.help) return ok('help');
  const [action, ...named] = positionals;
  if (action !== 'stop' && action !== 'resume' && action !== 'status') return no('say stop, resume or status');
  const rest: Omit<Command, 'target'> = {
    action,
    reason: values.reason?.trim() ?? '',
    json: values.json,
    yes: values.yes,
    ...(values.platform === undefined ? {} : { platform: values.platform }),
  };
  if (action === 'status' && named.length === 0) return ok({ ...rest, target: null });
  const target = parseTarget(named);
  if (!target.ok) return target;
  if (action === 'stop' && !rest.reason) return no('say why: --reason "..."');
  return ok({ ...rest, target: target.value });
}

/** One line per region. */
export function outcomeLines(outcomes: readonly RegionOutcome[]): string[] {
  return outcomes.map((one) => {
    const region = one.region.padEnd(14);
    if (one.outcome === 'failed') return `${region} FAILED: ${one.why}`;
    if (!one.stop) return `${region} ${one.outcome}`;
    const { at, by, reason } = one.stop;
    return `${region} stopped since ${new Date(at).toISOString()} by ${by}: ${reason}`;
  });
}
