import type { GateId } from '../../tenancy/gate.ts';
import type { Stop } from '../../tenancy/switches.ts';
import { getGateStop, setGateStop } from '../../tenancy/table/switches.ts';
import type { Context } from './context.ts';

/** Whose stop it is: by this name it is told from a kill switch, which only who threw it takes back. */
type StopOwner = 'suspension' | 'disabled' | 'closing';

/**
 * Shuts or opens a gate in every region, where each looks before a request: what passes it is refused from the next one
 * on, and what runs is cut. A stop that is another's stays as it is.
 * @param reason null opens it again
 */
export async function holdGate(
  { platform, now }: { readonly platform: Pick<Context['platform'], 'everyRegion'>; readonly now: number },
  gate: GateId,
  owner: StopOwner,
  reason: string | null,
): Promise<void> {
  const stop: Stop | null = reason === null ? null : { reason, by: owner, at: now };
  await Promise.all(
    platform.everyRegion().map(async ({ tables }) => {
      const there = await getGateStop(tables, gate);
      if (there === null || there.by === owner) await setGateStop(tables, gate, stop);
    }),
  );
}
