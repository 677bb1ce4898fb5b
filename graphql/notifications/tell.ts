import { type Mail, type Notice, type Reader, readersOf, tenantOf, wordsOf } from '../../tenancy/notification.ts';
import { claimNotice, markSent, releaseNotice } from '../../tenancy/table/notices.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';

/** The way out. Resolves when the mail was taken over for delivery; rejects when it may not have been. */
export type EmailPort = { send(mail: Mail): Promise<void> };

/** The addresses of those who are to read something; none for a reader who is not known. */
export type FindAddresses = (tenantId: TenantId, readers: readonly Reader[]) => Promise<readonly string[]>;

export type TellDeps = {
  /** The ledger that keeps what was sent. */
  readonly tables: Tables;
  readonly findAddresses: FindAddresses;
  readonly email: EmailPort;
  /** ms since the epoch. */
  readonly now: () => number;
};

/**
 * Sends one notice, once for all that is offered: `sent` by this call, `known` to have been sent before, `held` by
 * somebody who is at it, or for `nobody`, because no address is known; then it may be told later.
 * @throws when it could not be sent: offer it again
 */
export async function tell(deps: TellDeps, notice: Notice): Promise<'sent' | 'known' | 'held' | 'nobody'> {
  const { tables, email, findAddresses, now } = deps;
  const claim = await claimNotice(tables, notice, now());
  if (claim !== 'claimed') return claim === 'sent' ? 'known' : 'held';
  try {
    const to = [...new Set(await findAddresses(tenantOf(notice), readersOf(notice)))];
    if (to.length === 0) {
      await releaseNotice(tables, notice);
      return 'nobody';
    }
    await email.send({ to, ...wordsOf(notice) });
  } catch (error) {
    // Should this fail as well, the claim ends by itself.
    await releaseNotice(tables, notice).catch(() => {});
    throw error;
  }
  await markSent(tables, notice, now());
  return 'sent';
}
