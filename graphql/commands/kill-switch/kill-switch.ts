import type { GateId } from '../../../tenancy/gate.ts';
import { CONTROL_REGION, isRegion, type Region } from '../../../tenancy/region.ts';
import { no, ok, type Result } from '../../../tenancy/result.ts';
import type { Stop, SwitchTarget } from '../../../tenancy/switches.ts';
import type { RegionTables } from '../../../tenancy/table/find-tables.ts';
import { getModel } from '../../../tenancy/table/models.ts';
import { getGateStop, listStops, setGateStop, setSwitch } from '../../../tenancy/table/switches.ts';
import { findGate } from '../find-gate.ts';
import { gateText, parseGateWords } from '../subject.ts';

/** What a kill switch stops: something of the platform's, or whatever passes a gate. */
export type KillTarget =
  | { readonly kind: 'switch'; readonly target: SwitchTarget }
  | { readonly kind: 'gate'; readonly id: GateId };

/** What became of it in one region. `why` names the error of a region whose ledger could not be reached. */
export type RegionOutcome =
  | { readonly region: Region; readonly outcome: 'stopped' | 'running'; readonly stop?: Stop }
  | { readonly region: Region; readonly outcome: 'failed'; readonly why: string };

/** Reads `platform`, `region R`, `model M`, `tenant T`, `user T U` or `key T K`. */
export function parseTarget(words: readonly string[]): Result<KillTarget, string> {
  const [kind, ...names] = words;
  const [first = '', second = ''] = names;
  const most = { platform: 0, region: 1, model: 1, tenant: 1, user: 2, key: 2 }[kind ?? ''];
  if (most === undefined)
    return no(`${JSON.stringify(kind ?? '')} is none of platform, region, model, tenant, user, key`);
  if (names.length !== most) return no(`${kind} takes ${most} ${most === 1 ? 'name' : 'names'}, not ${names.length}`);
  switch (kind) {
    case 'platform':
      return ok({ kind: 'switch', target: 'platform' });
    case 'region':
      return isRegion(first)
        ? ok({ kind: 'switch', target: `region:${first}` })
        : no(`${JSON.stringify(first)} is no region of the platform`);
    case 'model':
      return ok({ kind: 'switch', target: `model:${first}` });
    default: {
      const gate = parseGateWords(kind === 'tenant' ? [first] : [first, String(kind), second]);
      return gate.ok ? ok({ kind: 'gate', id: gate.value }) : gate;
    }
  }
}

/** Everything that a target stops, for people. */
export function scopeOf(target: KillTarget): string {
  if (target.kind === 'gate') {
    const whose = gateText(target.id);
    return target.id.subject.kind === 'tenant'
      ? `all requests of ${whose}, with any user and key`
      : `all requests of ${whose}`;
  }
  const [kind, name] = target.target.split(/:(.*)/s);
  if (kind === 'platform') return 'ALL requests of ALL tenants in all regions';
  return kind === 'region'
    ? `all requests of all tenants that are served in ${name}`
    : `all requests of all tenants to model ${name}`;
}

/** Whether it stops more than one tenant. */
export function isWide(target: KillTarget): boolean {
  return target.kind === 'switch';
}

/**
 * Finds what is meant in the directory: a mistyped tenant or key would stop nobody, and a model is stopped by its own id,
 * never by an alias. A directory that cannot be read does not keep anybody from stopping something: then the target is
 * taken as it was said. Users are in no directory.
 */
export async function findTarget(
  regions: readonly RegionTables[],
  target: KillTarget,
): Promise<Result<KillTarget, string>> {
  const directory = (regions.find(({ region }) => region === CONTROL_REGION) ?? regions[0])?.tables;
  if (!directory) return ok(target);
  try {
    if (target.kind === 'gate') {
      const found = await findGate(directory, target.id);
      return found.ok ? ok(target) : found;
    }
    if (!target.target.startsWith('model:')) return ok(target);
    const name = target.target.slice('model:'.length);
    const model = await getModel(directory, name);
    return model ? ok({ kind: 'switch', target: `model:${model.id}` }) : no(`there is no model ${name}`);
  } catch {
    return ok(target);
  }
}

/**
 * Throws a kill switch, or takes it back, in the ledger of every region, and answers when all have been tried: it counts
 * for the next request, and running streams are cut within seconds. Safe to repeat, and to be repeated until no region
 * has failed.
 * @param stop null takes it back
 */
export function setKillSwitch(
  regions: readonly RegionTables[],
  target: KillTarget,
  stop: Stop | null,
): Promise<RegionOutcome[]> {
  return inEach(regions, async (tables) => {
    if (target.kind === 'gate') await setGateStop(tables, target.id, stop);
    else await setSwitch(tables, target.target, stop);
    return stop;
  });
}

/** What stands in each region. */
export function killSwitchStatus(regions: readonly RegionTables[], target: KillTarget): Promise<RegionOutcome[]> {
  return inEach(regions, async (tables) =>
    target.kind === 'gate' ? getGateStop(tables, target.id) : ((await listStops(tables)).get(target.target) ?? null),
  );
}

/** Every switch of the platform's that is thrown anywhere; gates are found by whose they are alone. */
export async function allStops(
  regions: readonly RegionTables[],
): Promise<{ readonly region: Region; readonly stops: ReadonlyMap<string, Stop> | null }[]> {
  return Promise.all(
    regions.map(async ({ region, tables }) => ({ region, stops: await listStops(tables).catch(() => null) })),
  );
}

function inEach(
  regions: readonly RegionTables[],
  run: (tables: RegionTables['tables']) => Promise<Stop | null>,
): Promise<RegionOutcome[]> {
  return Promise.all(
    regions.map(async ({ region, tables }): Promise<RegionOutcome> => {
      try {
        const stop = await run(tables);
        return stop ? { region, outcome: 'stopped', stop } : { region, outcome: 'running' };
      } catch (error) {
        return { region, outcome: 'failed', why: error instanceof Error ? error.name : typeof error };
      }
    }),
  );
}
