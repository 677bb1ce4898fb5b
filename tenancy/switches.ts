import type { Region } from './region.ts';

/** What a kill switch can stop beside a tenant, a user or a key (those carry theirs on their gates). */
export type SwitchTarget = 'platform' | `region:${Region}` | `model:${string}`;

/** What one region is told before every request. Small, so that it is read with each of them and never cached. */
export type Switches = {
  readonly stopped: ReadonlySet<string>;
  /** Bedrock model ids whose shared quota has lately refused, until when (ms since the epoch) it is shared out. */
  readonly congested: ReadonlyMap<string, number>;
};

/** Why something is stopped, for the next who looks. `by` names a person or a machine; `at` in ms. */
export type Stop = { readonly reason: string; readonly by: string; readonly at: number };

export const NO_SWITCHES: Switches = { stopped: new Set(), congested: new Map() };

/** The widest switch that stops a call, or null. */
export function stoppedBy(
  { stopped }: Pick<Switches, 'stopped'>,
  region: Region,
  modelId?: string,
): 'platform' | 'region' | 'model' | null {
  const has = (target: SwitchTarget): boolean => stopped.has(target);
  if (has('platform')) return 'platform';
  if (has(`region:${region}`)) return 'region';
  return modelId !== undefined && has(`model:${modelId}`) ? 'model' : null;
}
