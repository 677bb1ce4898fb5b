import type { InspectIssuer } from '../../access-token/inspect-issuer.ts';
import type { Mac } from '../../tenancy/api-key.ts';
import type { Export } from '../../tenancy/export.ts';
import type { Region } from '../../tenancy/region.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantStores } from '../../tenancy/table/tenant-items.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { Access } from './access.ts';
import type { Loaders } from './loaders.ts';
import type { Principal } from './principal.ts';
import type { RevokeLeaked } from './revoke-leaked.ts';
import type { ClientKind } from './safelist.ts';

/** `id`: the user's `sub`. `known`: it was there already, in this very tenant; no second invitation goes out. */
export type Invited =
  | { readonly outcome: 'invited' | 'known'; readonly id: string }
  | { readonly outcome: 'email_taken' };

/**
 * The accounts behind users and machine clients. Our rows rule: no token is made against them, whatever stands here. All
 * but `createMachineClient` is safe to repeat.
 */
export type UserPool = {
  /** Mails an invitation, unless the address has an account: of this very tenant, or elsewhere, which is `email_taken`. */
  invite(who: { readonly tenantId: TenantId; readonly email: string }): Promise<Invited>;
  /** Ends an account's sign-ins and refresh tokens. */
  disable(userId: string): Promise<void>;
  enable(userId: string): Promise<void>;
  /** Takes an account away, with the address in it. */
  remove(userId: string): Promise<void>;
  createMachineClient(name: string): Promise<{ readonly clientId: string; readonly clientSecret: string }>;
  deleteMachineClient(clientId: string): Promise<void>;
};

/** What the API needs of the world beside the tables. */
export type Platform = {
  /** Tenants are at `<scheme>://<tenant>.proxy.<domain>`. */
  readonly proxyUrl: (tenant: string) => string;
  readonly controlRegion: Region;
  /** The tables of every region, by the function's own role: for kill switches, which stand in each. */
  readonly everyRegion: () => readonly { readonly region: Region; readonly tables: Tables }[];
  /** The keyed hash behind the MAC of API keys that are minted now. */
  readonly mac: () => Promise<Mac>;
  readonly userPool: UserPool;
  /** Looks at an issuer that somebody has named, on the public internet. */
  readonly inspectIssuer: InspectIssuer;
  /** Where everything of every tenant is, by the function's own role. */
  readonly stores: TenantStores;
  /** By the platform's own role, whosever key it is. */
  readonly revokeLeaked: RevokeLeaked;
  /** An address from which an export's file can be fetched for 5 minutes, by whoever has it. Nothing is asked of anybody. */
  readonly downloadUrl: (one: Export) => Promise<string>;
  readonly sha256: (text: string) => string;
  readonly randomBytes: (size: number) => Uint8Array;
  /** For the ids of audit entries (`monotonicBytes`), by the entry's time (ms): of one instant they stand in the order in which they were made. */
  readonly auditBytes: (at: number) => Uint8Array;
  /** What the log gets: one JSON line, never a credential and never an input. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
};

/** What every resolver is handed, made anew for each request. */
export type Context = {
  readonly principal: Principal;
  readonly clientKind: ClientKind;
  readonly access: Access;
  /** Kept for this request and this caller alone: what one caller may load is never served to another. */
  readonly loaders: Loaders;
  readonly platform: Platform;
  readonly requestId: string;
  /** 32 hex digits: of the caller's distributed trace, or of one that began here. */
  readonly traceId: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** ms since the epoch, the same for all of the request */
  readonly now: number;
};
