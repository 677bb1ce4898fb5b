import type { Region } from '../../../tenancy/region.ts';
import type { Stop, SwitchTarget } from '../../../tenancy/switches.ts';
import { allStops, type KillTarget, type RegionOutcome } from '../../commands/kill-switch/kill-switch.ts';
import { GraphqlRefusal } from '../errors.ts';
import { nameOf } from '../kill-targets.ts';
import type { KillSwitch, Resolvers } from '../resolver-types.ts';
import { regionName } from '../words.ts';

/** Kill switches as they stand, in each region by itself. */
export const killSwitchResolvers = {
  Query: {
    async killSwitches(_, __, { access, platform }) {
      if (!access.platform()) return [];
      const found = await allStops(platform.everyRegion());
      // A list of nothing says that nothing is stopped: who can see no region must not say so.
      if (found.every(({ stops }) => stops === null)) {
        throw new GraphqlRefusal('UNAVAILABLE', 'no region can be reached; try again');
      }
      const targets = new Set(found.flatMap(({ stops }) => [...(stops?.keys() ?? [])]));
      return [...targets].sort().map((target) => {
        const outcomes = found.map(({ region, stops }) => outcomeOf(region, stops, target));
        return toKillSwitch({ kind: 'switch', target: target as SwitchTarget }, outcomes);
      });
    },
  },
  Tenant: {
    async killSwitch({ id, allowedRegions }, _, { access, loaders }) {
      if (!(await access.tenant(id))) return null;
      const target: KillTarget = { kind: 'gate', id: { tenantId: id, subject: { kind: 'tenant' } } };
      const outcomes = await Promise.all(
        allowedRegions.map(async (region): Promise<RegionOutcome> => {
          // What cannot be read is neither stopped nor running.
          const state = await loaders.tenantGate(id, region).catch(() => null);
          if (!state) return { region, outcome: 'failed', why: 'unreachable' };
          return state.stop ? { region, outcome: 'stopped', stop: state.stop } : { region, outcome: 'running' };
        }),
      );
      return toKillSwitch(target, outcomes);
    },
  },
} satisfies Resolvers;

function outcomeOf(region: Region, stops: ReadonlyMap<string, Stop> | null, target: string): RegionOutcome {
  if (!stops) return { region, outcome: 'failed', why: 'unreachable' };
  const stop = stops.get(target);
  return stop ? { region, outcome: 'stopped', stop } : { region, outcome: 'running' };
}

/** One switch out of what each region has of it; who, when and why are of the last who threw it anywhere. */
export function toKillSwitch(target: KillTarget, outcomes: readonly RegionOutcome[]): KillSwitch {
  const last = outcomes
    .flatMap((one) => (one.outcome === 'stopped' && one.stop ? [one.stop] : []))
    .reduce<Stop | null>((latest, stop) => (latest && latest.at >= stop.at ? latest : stop), null);
  return {
    ...nameOf(target),
    on: outcomes.some(({ outcome }) => outcome === 'stopped'),
    reason: last?.reason ?? null,
    setBy: last?.by ?? null,
    setAt: last?.at ?? null,
    regions: outcomes.map(({ region, outcome }) => ({
      region: regionName(region),
      on: outcome === 'failed' ? null : outcome === 'stopped',
    })),
  };
}
