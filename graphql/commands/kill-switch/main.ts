import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { CONTROL_REGION } from '../../../tenancy/region.ts';
import { findTables, type RegionTables } from '../../../tenancy/table/find-tables.ts';
import { openTables } from '../../../tenancy/table/tables.ts';
import { nameOf, TARGET_TYPES } from '../../api/kill-targets.ts';
import { tellTrail } from '../trail.ts';
import { outcomeLines, readCommand, USAGE } from './command-line.ts';
import {
  allStops,
  findTarget,
  isWide,
  killSwitchStatus,
  type RegionOutcome,
  scopeOf,
  setKillSwitch,
} from './kill-switch.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);
const NOTHING_DONE = 2;

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2));
  if (!command.ok) return fail(`${command.reason}; see npm run kill-switch -- --help`);
  if (command.value === 'help') {
    say(USAGE);
    return 0;
  }
  const { action, reason, json, yes, platform } = command.value;
  const places = findTables(process.env, platform, (path) => readFileSync(path, 'utf8'));
  if (!places.ok) return fail(places.reason);
  const { endpoint, names } = places.value;
  const regions = places.value.regions.map((region): RegionTables => {
    const client = new DynamoDBClient({
      region,
      maxAttempts: 3,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: 2_000,
        requestTimeout: 4_000,
        throwOnRequestTimeout: true,
      }),
      ...(endpoint ? { endpoint, credentials: { accessKeyId: 'staff', secretAccessKey: 'staff' } } : {}),
    });
    return { region, tables: openTables(DynamoDBDocumentClient.from(client), names) };
  });

  if (!command.value.target) {
    const all = await allStops(regions);
    const lines = all.flatMap(({ region, stops }) =>
      stops === null
        ? [`${region}  FAILED: its ledger cannot be read`]
        : [...stops].map(
            ([target, { at, by, reason: why }]) =>
              `${region}  ${target} stopped since ${new Date(at).toISOString()} by ${by}: ${why}`,
          ),
    );
    const stopped = all.map(({ region, stops }) => ({ region, stops: stops && Object.fromEntries(stops) }));
    say(
      json
        ? JSON.stringify({ regions: stopped })
        : lines.join('\n') || 'no switch of platform, region or model is thrown',
    );
    return all.some(({ stops }) => stops === null) ? 1 : 0;
  }

  const found = await findTarget(regions, command.value.target);
  if (!found.ok) return fail(found.reason);
  const target = found.value;
  const scope = scopeOf(target);
  if (!json) say(`${action}: ${scope}`);
  if (action === 'stop' && isWide(target) && !yes && !(await confirmed()))
    return fail('not confirmed; nothing was done');
  const by = userInfo().username;
  const stop = action === 'stop' ? { reason, by, at: Date.now() } : null;
  const outcomes = await (action === 'status'
    ? killSwitchStatus(regions, target)
    : setKillSwitch(regions, target, stop));
  say(
    json
      ? JSON.stringify({ action, scope, regions: outcomes })
      : outcomeLines(outcomes)
          .map((line) => `  ${line}`)
          .join('\n'),
  );
  if (action === 'status') return told(outcomes);
  const { scope: kind, targetId } = nameOf(target);
  const untold = await tellTrail(
    regions.find(({ region }) => region === CONTROL_REGION)?.tables,
    {
      tenantId: target.kind === 'gate' ? target.id.tenantId : null,
      action: 'setKillSwitch',
      target: { kind: TARGET_TYPES[kind], id: targetId ?? 'platform' },
      outcome: outcomes.some(({ outcome }) => outcome === 'failed') ? 'FAILED' : 'ALLOWED',
      after: { on: action === 'stop' },
      ...(reason ? { reason } : {}),
    },
    Date.now(),
  );
  if (untold === null) return told(outcomes);
  console.error(`kill-switch: done, but the audit trail does not tell of it (${untold}); run it again`);
  return told(outcomes) || 1;
}

/** Nothing is certain of a region that could not be reached: only running it again is. */
function told(outcomes: readonly RegionOutcome[]): number {
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed').map(({ region }) => region);
  if (failed.length === 0) return 0;
  console.error(`kill-switch: not certain in ${failed.join(', ')}; run it again`);
  return 1;
}

/** Asks the person at the keyboard; where there is none the answer is no. */
async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question('This stops every tenant. Type yes to go on: ');
  asking.close();
  return answer.trim() === 'yes';
}

function fail(why: string): number {
  console.error(`kill-switch: ${why}`);
  return NOTHING_DONE;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error('kill-switch:', error);
    process.exit(1);
  },
);
