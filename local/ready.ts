import type { LookupAddress } from 'node:dns';

/** What `platform.json` says of a tenant. */
export type ReadyTenant = {
  readonly baseUrl: string;
  /** The same host on a port of its own on 127.0.0.1. */
  readonly loopbackUrl: string;
  readonly apiKey: string;
  readonly developer: { readonly username: string; readonly password: string };
};

/** What signing in by the command for developers needs: the command, and the authority of the issuers' certificates. */
export type ReadyCommand = { readonly cli: string; readonly ca: string };

/** Who signs in where. */
export type ReadySignIn = Pick<ReadyTenant, 'baseUrl' | 'loopbackUrl'> & {
  readonly as: string;
  readonly password: string;
  /** Whose people they are. */
  readonly of: string;
};

/** All addresses of a name; rejects, or finds none, where there are none. */
export type Lookup = (hostname: string) => Promise<readonly LookupAddress[]>;

/**
 * Those of the names that this machine's resolver does not lead to 127.0.0.1. Many know nothing under `localhost`, and a
 * network may answer for every name with a host of its own, which would be handed the key.
 */
export async function strayNames(hostnames: readonly string[], lookup: Lookup): Promise<string[]> {
  const found = await Promise.all(
    hostnames.map(async (hostname) => {
      const addresses = await lookup(hostname).catch(() => []);
      return addresses.some(({ address }) => address === '127.0.0.1') ? [] : [hostname];
    }),
  );
  return found.flat();
}

/**
 * The last lines of a start: ready to paste, so by addresses that this machine can reach.
 * @param stray those of the tenants' names that it cannot
 */
export function readyText(
  [own, other]: readonly [ReadyTenant, ReadyTenant],
  signIns: readonly ReadySignIn[],
  { cli, ca }: ReadyCommand,
  stray: readonly string[],
  total: string,
  forScripts: string,
): string {
  const reachable = ({ baseUrl, loopbackUrl }: Pick<ReadyTenant, 'baseUrl' | 'loopbackUrl'>) =>
    stray.length > 0 ? loopbackUrl : baseUrl;
  const claude = (tenant: ReadyTenant, { apiKey }: ReadyTenant) =>
    `ANTHROPIC_BASE_URL=${reachable(tenant)} ANTHROPIC_AUTH_TOKEN=${apiKey} claude`;
  const connect = (one: ReadySignIn) => `  ${one.as}, password ${one.password} (${one.of})

    ${cli} connect ${reachable(one)} --ca ${ca}
`;
  const why = `
This machine does not resolve the hostnames, so each is a port of 127.0.0.1 here. It will with a line in /etc/hosts:

  127.0.0.1 ${stray.join(' ')}
`;
  return `
Ready after ${total}. Tenants, each behind its own hostname; paste one:

  ${claude(own, own)}

  ${claude(other, other)}

A key works on its own hostname alone. This one answers 403:

  ${claude(own, other)} -p hello

Or sign in, with no key to copy. It writes Claude Code's settings, which connect --undo takes back; then run claude:

${signIns.map(connect).join('\n')}${stray.length > 0 ? why : ''}
To manage it by scripts: npm run script -- --help
What they and yours need to know is in ${forScripts}. Stop with Ctrl-C.
`;
}
