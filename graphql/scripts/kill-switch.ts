import { randomUUID } from 'node:crypto';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { userErrorText } from './client.ts';
import { type KillScope, SetKillSwitch, type SetKillSwitchInput, type SetKillSwitchMutation } from './documents.ts';
import { defineScript, type Tools } from './script.ts';

const NAME = 'kill-switch';
const WORDS = { reason: '--reason' } as const;

type Target = { readonly scope: KillScope; readonly targetId: string | null; readonly text: string };
type Switch = NonNullable<SetKillSwitchMutation['setKillSwitch']['killSwitch']>;

/** Of these a mistake stops every tenant. */
const WIDE: readonly KillScope[] = ['PLATFORM', 'REGION', 'MODEL'];

export const killSwitch = defineScript({
  name: NAME,
  summary:
    'Stops a tenant, user, key, model, region or everything, in every region before it answers; or lets it run again.',
  words: 'stop|resume|status TARGET --reason "..."',
  about: `  TARGET            platform | region REGION | model MODEL | tenant SLUG | user SLUG USER | key SLUG KEY_ID
  --reason "..."    why, for the next who looks (stop and resume need one)
  --yes             for what stops more than one tenant: without it nothing is done

  This goes through the API. When the API itself is down: npm run kill-switch, which goes to the tables.`,
  examples: [
    `${NAME} stop key acme k3jD8sQ0aZ --reason "leaked in a public repository"`,
    `${NAME} stop model claude-opus-5-5 --reason "wrong price in force" --dry-run`,
    `${NAME} status tenant acme`,
    `${NAME} resume tenant acme --reason "invoice paid"`,
  ],
  options: { reason: { type: 'string' }, yes: { type: 'boolean', default: false } },
  read({ values, positionals }) {
    const [action, ...named] = positionals;
    if (action !== 'stop' && action !== 'resume' && action !== 'status') return no('say stop, resume or status');
    const target = readTarget(named);
    if (!target.ok) return target;
    const reason = values.reason?.trim() ?? '';
    if (action !== 'status' && !reason) return no('say why: --reason "..."');
    const isWide = action === 'stop' && WIDE.includes(target.value.scope);
    if (isWide && !values.yes && !values['dry-run']) {
      return no(`this stops more than one tenant: say --yes, or look with --dry-run first`);
    }
    return ok((tools) => run(action, target.value, reason, tools));
  },
});

function readTarget([kind, ...names]: readonly string[]): Result<Target, string> {
  const wanted = { platform: 0, region: 1, model: 1, tenant: 1, user: 2, key: 2 }[kind ?? ''];
  if (wanted === undefined) return no('name what: platform, region, model, tenant, user or key');
  if (names.length !== wanted) return no(`${kind} takes ${wanted} ${wanted === 1 ? 'name' : 'names'}`);
  const [first = '', second = ''] = names;
  const text = [kind, ...names].join(' ');
  switch (kind) {
    case 'platform':
      return ok({ scope: 'PLATFORM', targetId: null, text });
    case 'region':
      return ok({ scope: 'REGION', targetId: first, text });
    case 'model':
      return ok({ scope: 'MODEL', targetId: `mdl_${first}`, text });
    case 'tenant':
      return ok({ scope: 'TENANT', targetId: `ten_${first}`, text });
    case 'user':
      return ok({ scope: 'USER', targetId: `usr_${first}:${second.replace(`usr_${first}:`, '')}`, text });
    default:
      return ok({ scope: 'API_KEY', targetId: `key_${first}:${second.replace(`key_${first}:`, '')}`, text });
  }
}

async function run(
  action: 'stop' | 'resume' | 'status',
  target: Target,
  reason: string,
  { client, report, dryRun }: Tools,
) {
  const { scope, targetId, text: subject } = target;
  const wanted = action === 'stop';
  const ask = async (input: Pick<SetKillSwitchInput, 'on' | 'reason' | 'dryRun'>) => {
    // No key of an earlier run: a stop must never be answered by a stop that was taken back since.
    const idempotencyKey = `${NAME}:${randomUUID()}`;
    return (await client.ask(SetKillSwitch, { input: { idempotencyKey, scope, targetId, ...input } })).setKillSwitch;
  };
  const now = await ask({ on: wanted, reason: reason || 'status', dryRun: true });
  const { killSwitch: before, affected } = now;
  if (!before) return report.tell({ subject, outcome: 'failed', what: userErrorText(now.userErrors, WORDS) });
  const told = (one: Switch) => ({ affected, on: one.on, regions: one.regions });
  if (action === 'status') {
    const outcome = one(before, null) ? 'done' : 'failed';
    return report.tell({ subject, outcome, what: stateOf(before), data: told(before) });
  }
  if (one(before, wanted)) {
    return report.tell({ subject, outcome: 'unchanged', what: stateOf(before), data: told(before) });
  }
  if (dryRun) return report.tell({ subject, outcome: 'planned', what: `${action}: ${affected}`, data: told(before) });
  const payload = await ask({ on: wanted, reason });
  const { killSwitch: after } = payload;
  if (!after) return report.tell({ subject, outcome: 'failed', what: userErrorText(payload.userErrors, WORDS) });
  const outcome = one(after, wanted) ? 'done' : 'failed';
  report.tell({ subject, outcome, what: `${affected}: ${stateOf(after)}`, data: told(after) });
}

/** Whether every region says the same, and with a wish that it is the wish. */
function one({ regions }: Switch, wanted: boolean | null): boolean {
  return regions.every(({ on }) => on !== null && (wanted === null || on === wanted));
}

function stateOf({ on, reason, setBy, setAt, regions }: Switch): string {
  const unknown = regions.filter((each) => each.on === null).map(({ region }) => region);
  const state = on ? `stopped since ${setAt} by ${setBy}: ${reason}` : 'runs';
  return unknown.length === 0 ? state : `${state}; not certain in ${unknown.join(', ')}, run it again`;
}
