import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { GateId } from '../../../tenancy/gate.ts';
import { windowKey } from '../../../tenancy/limit.ts';
import { CONTROL_REGION, type Region } from '../../../tenancy/region.ts';
import { ok } from '../../../tenancy/result.ts';
import { findTables } from '../../../tenancy/table/find-tables.ts';
import { listSubjects, rebuildGates } from '../../../tenancy/table/gate-rebuild.ts';
import { getGateStates } from '../../../tenancy/table/switches.ts';
import { openTables, type Tables } from '../../../tenancy/table/tables.ts';
import { nameOf, TARGET_TYPES } from '../../api/kill-targets.ts';
import { findGate } from '../find-gate.ts';
import { tellTrail } from '../trail.ts';
import { type Command, readCommand, type Told, toldJson, toldLines, USAGE } from './command-line.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2));
  if (!command.ok) return fail(`${command.reason}; see npm run gates -- --help`);
  if (command.value === 'help') {
    say(USAGE);
    return 0;
  }
  const { json, platform, month = windowKey('month', Date.now()) } = command.value;
  const places = findTables(process.env, platform, (path) => readFileSync(path, 'utf8'));
  if (!places.ok) return fail(places.reason);
  const { regions, names, endpoint, oneStore } = places.value;
  const ledgers = oneStore ? [regions] : regions.map((region) => [region]);
  const stores = ledgers.map((served) => {
    const client = new DynamoDBClient({
      region: served[0] ?? '',
      // Nothing here adds: a write that is repeated finds its own condition broken.
      maxAttempts: 3,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: 2_000,
        requestTimeout: 4_000,
        throwOnRequestTimeout: true,
      }),
      ...(endpoint ? { endpoint, credentials: { accessKeyId: 'staff', secretAccessKey: 'staff' } } : {}),
    });
    return { served, tables: openTables(DynamoDBDocumentClient.from(client), names) };
  });
  const { id } = command.value;
  const directory = (stores.find(({ served }) => served.includes(CONTROL_REGION)) ?? stores[0])?.tables;
  // A directory that is away keeps nobody from mending gates: then the name is taken as it was said.
  const found = directory ? await findGate(directory, id).catch(() => ok(id)) : ok(id);
  if (!found.ok) return fail(found.reason);
  const told: Told[] = [];
  for (const { served, tables } of stores) told.push(await carryOut(served, tables, command.value, month));
  say(json ? toldJson(told, month) : told.flatMap((one) => toldLines(one, month)).join('\n'));
  const { action } = command.value;
  const untold = action === 'rebuild' ? await tellRebuild(directory, id, told, month) : null;
  if (untold !== null) console.error(`gates: done, but the audit trail does not tell of it (${untold})`);
  const undone = (one: Told) =>
    'why' in one || ('rebuilt' in one && one.rebuilt.some(({ outcome }) => outcome === 'busy'));
  return untold !== null || told.some(undone) ? 1 : 0;
}

/** @param control the control region's, where the trails are */
function tellRebuild(control: Tables | undefined, id: GateId, told: readonly Told[], month: string) {
  const { scope, targetId } = nameOf({ kind: 'gate', id });
  const rebuilt = told.flatMap((one) => ('rebuilt' in one ? one.rebuilt : []));
  const deed = {
    tenantId: id.tenantId,
    action: 'rebuildGates',
    target: { kind: TARGET_TYPES[scope], id: targetId ?? '' },
    outcome: told.some((one) => 'why' in one) ? 'FAILED' : 'ALLOWED',
    after: { month, rebuilt: rebuilt.filter(({ outcome }) => outcome !== 'busy').length },
  } as const;
  return tellTrail(control, deed, Date.now());
}

async function carryOut(
  regions: readonly Region[],
  tables: Tables,
  { action, id }: Command,
  month: string,
): Promise<Told> {
  const { tenantId, subject } = id;
  try {
    const subjects = subject.kind === 'tenant' ? await listSubjects(tables, tenantId, month, Date.now()) : [subject];
    if (action === 'rebuild') {
      const wait = (ms: number) => setTimeout(ms);
      return { regions, rebuilt: await rebuildGates(tables, tenantId, subjects, month, { now: Date.now, wait }) };
    }
    const ids = subjects.map((one) => ({ tenantId, subject: one }));
    const states = await getGateStates(tables, ids);
    const shown = ids.flatMap((one, index) => {
      const state = states[index];
      return state ? [{ id: one, gate: state.gate(), stop: state.stop }] : [];
    });
    return { regions, shown };
  } catch (error) {
    const why =
      error instanceof RangeError
        ? error.message
        : error instanceof Error
          ? `${error.name}: ${error.message}`
          : 'unknown';
    return { regions, why };
  }
}

function fail(why: string): number {
  console.error(`gates: ${why}`);
  return 2;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error('gates:', error);
    process.exit(1);
  },
);
