import { type GateId, type GateUpdate, NEW_GATE, returning } from './gate.ts';
import { grantSubjects } from './grant.ts';
import { ratingOf } from './provisioning.ts';
import { type Intent, NO_TOKENS, type Settlement } from './usage.ts';

/**
 * What a request is settled with whose process has died: all that it held, for nobody knows how far it came. The prompt
 * counts as input, the output that was reserved as output.
 */
export function orphanSettlement(
  { reserved, callerType }: Pick<Intent, 'reserved' | 'callerType'>,
  settledAt: number,
): Settlement {
  return {
    outcome: 'ORPHAN',
    tokens: { ...NO_TOKENS, input: reserved.inputTokens, output: reserved.outputTokens },
    nanoUsd: reserved.nanoUsd,
    flags: ['orphan', 'usage_unknown', ...ratingOf(callerType, NO_TOKENS).flags],
    settledAt,
  };
}

/** The gates that hold it. */
export function gatesOf(intent: Intent): GateId[] {
  return grantSubjects(intent).map((subject) => ({ tenantId: intent.tenantId, subject }));
}

/**
 * Turns what an orphan holds at a gate into what it has spent. By the estimate above nothing is left to give back of its
 * money: what is committed stays. Its limits are not known here: its stream leases end by themselves, and the windows of
 * its minute and day are over, or keep it.
 */
export function returningOrphan({ startedAt, reserved }: Intent, { nanoUsd }: Settlement, now: number): GateUpdate {
  const hold = { at: startedAt, money: reserved.nanoUsd, tokens: 0 };
  return returning({}, hold, [], { money: nanoUsd, tokens: 0 }, NEW_GATE, now);
}
