import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AwsError, type AwsInput, answerAwsJson, requiredText } from './aws-json.ts';
import { type Listener, listen } from './listener.ts';
import { readFileIfThere, writePrivateFile } from './private-file.ts';

/** Newest first: the first is AWSCURRENT, the second AWSPREVIOUS, and there are never more. Times in ms epoch. */
type Version = { id: string; secret: string; createdAt: number };

export type SecretsManagerOptions = {
  readonly port?: number;
  /** Secrets live here, in a file of mode 0600: keys made under them outlive a restart. */
  readonly folder: string;
  /** Every one holds a replica of every secret. */
  readonly regions: readonly [string, ...string[]];
  /** Access key id -> secret of those who may read. */
  readonly accessKeys: Readonly<Record<string, string>>;
  /** ms epoch; the clock when absent. */
  readonly now?: () => number;
};

export type SecretsManager = Listener & {
  /** The current value; makes and stores it when there is none. */
  ensure(name: string, make: () => string): string;
  /** Rotates: `secret` becomes AWSCURRENT, what was current becomes AWSPREVIOUS. */
  put(name: string, secret: string): void;
};

/** Stands in for AWS Secrets Manager: GetSecretValue and PutSecretValue, signatures checked. */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<SecretsManager> {
  const { folder, regions, accessKeys, now = Date.now } = options;
  const path = join(folder, 'secrets.json');
  const secrets = new Map(Object.entries(JSON.parse(readFileIfThere(path) ?? '{}') as Record<string, Version[]>));

  const put = (name: string, secret: string, id: string = randomUUID()): Version => {
    const version = { id, secret, createdAt: now() };
    secrets.set(name, [version, ...(secrets.get(name) ?? [])].slice(0, 2));
    writePrivateFile(path, JSON.stringify(Object.fromEntries(secrets)));
    return version;
  };
  const find = (input: AwsInput): { name: string; versions: Version[] } => {
    const name = secretName(requiredText(input, 'SecretId'));
    const versions = secrets.get(name);
    if (versions === undefined)
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return { name, versions };
  };
  const service = {
    target: 'secretsmanager',
    signingName: 'secretsmanager',
    regions,
    secretOf: (id: string) => (Object.hasOwn(accessKeys, id) ? accessKeys[id] : undefined),
    now,
    operations: {
      GetSecretValue: (input: AwsInput, region: string) => {
        const { name, versions } = find(input);
        const at = versionIndex(versions, input);
        const version = versions[at];
        if (version === undefined)
          throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret value.");
        return {
          ...identify(region, name, version.id),
          SecretString: version.secret,
          VersionStages: [at === 0 ? 'AWSCURRENT' : 'AWSPREVIOUS'],
          CreatedDate: version.createdAt / 1000,
        };
      },
      PutSecretValue: (input: AwsInput, region: string) => {
        const { name, versions } = find(input);
        const secret = requiredText(input, 'SecretString');
        const token = input['ClientRequestToken'];
        // The SDK repeats a call with the same token: a second rotation would push the true previous value out.
        const repeated = versions.find(({ id }) => id === token);
        const version = repeated ?? put(name, secret, typeof token === 'string' ? token : undefined);
        return { ...identify(region, name, version.id), VersionStages: ['AWSCURRENT'] };
      },
    },
  };
  const listener = await listen('secrets manager', options.port ?? 0, (request, response) =>
    answerAwsJson(service, request, response),
  );
  return {
    ...listener,
    ensure: (name, make) => (secrets.get(name)?.[0] ?? put(name, make())).secret,
    put: (name, secret) => void put(name, secret),
  };
}

function versionIndex(versions: readonly Version[], input: AwsInput): number {
  const id = input['VersionId'];
  if (typeof id === 'string') return versions.findIndex((version) => version.id === id);
  return ['AWSCURRENT', 'AWSPREVIOUS'].indexOf(String(input['VersionStage'] ?? 'AWSCURRENT'));
}

/** A secret is named by its name or by its ARN, which ends in a hyphen and six letters. */
function secretName(id: string): string {
  return /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:(.+)-[A-Za-z0-9]{6}$/.exec(id)?.[1] ?? id;
}

function identify(region: string, name: string, versionId: string): object {
  return {
    ARN: `arn:aws:secretsmanager:${region}:000000000000:secret:${name}-aLocal`,
    Name: name,
    VersionId: versionId,
  };
}
