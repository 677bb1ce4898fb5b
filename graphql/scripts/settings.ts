import { no, ok, type Result } from '../../tenancy/result.ts';

/** Where the API is, and as which OAuth client a script signs in to it. */
export type ApiSettings = {
  readonly url: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The authority, as PEM, that the token endpoint's certificate is of; absent: one that Node.js knows. */
  readonly ca?: string;
};

export type Environment = Readonly<Record<string, string | undefined>>;

const NAMES = [
  'AGENT_RUNNER_URL',
  'AGENT_RUNNER_TOKEN_URL',
  'AGENT_RUNNER_CLIENT_ID',
  'AGENT_RUNNER_CLIENT_SECRET',
] as const;

/** What a running local platform says of itself, as far as a script needs it. */
type PlatformFile = {
  readonly graphql: { readonly loopbackUrl: string };
  readonly issuer: { readonly tokenUrl: string; readonly ca: string };
  readonly machineClients: {
    readonly automation?: { readonly clientId: string; readonly secret: string };
  };
};

/**
 * Finds the API by the four settings, or, when none of them is set or a platform is asked for, by a local platform's
 * `platform.json`, as the client that is seeded for scripts.
 * @param readFile throws where there is none
 */
export function findApi(
  env: Environment,
  platform: string | undefined,
  readFile: (path: string) => string,
): Result<ApiSettings, string> {
  const [url, tokenUrl, clientId, clientSecret] = NAMES.map((name) => env[name] || undefined);
  if (platform === undefined && (url || tokenUrl || clientId || clientSecret)) {
    if (url && tokenUrl && clientId && clientSecret) return ok({ url, tokenUrl, clientId, clientSecret });
    return no(`set ${NAMES.filter((name) => !env[name]).join(' and ')} as well`);
  }
  const path = platform ?? `${env['LOCAL_DATA'] || '.local'}/platform.json`;
  let file: PlatformFile;
  try {
    file = JSON.parse(readFile(path)) as PlatformFile;
  } catch {
    return no(
      `no API: set ${NAMES.join(', ')}, or start the local platform, or name its platform.json with --platform (${path} cannot be read)`,
    );
  }
  const { graphql, issuer, machineClients } = file;
  if (!machineClients.automation) return no(`${path} names no client for scripts; start the platform anew`);
  const { clientId: id, secret } = machineClients.automation;
  return ok({
    url: graphql.loopbackUrl,
    tokenUrl: issuer.tokenUrl,
    clientId: id,
    clientSecret: secret,
    ca: readFile(issuer.ca),
  });
}
