import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlatformJson } from './start-platform.ts';

export type EdgeSecret = {
  readonly passport: { readonly kid: string; readonly privateKeyPem: string };
  readonly macKeys: Readonly<Record<string, string>>;
};

/** The edge's own secret, out of the Secrets Manager stand-in's file: for tests that forge what only the edge may make. */
export function edgeSecret(platform: PlatformJson): EdgeSecret {
  const file = join(dirname(platform.logs), '..', 'secrets', 'secrets.json');
  const secrets = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { secret: string }[]>;
  const [current] = secrets['agent-runner/edge'] ?? [];
  if (!current) throw new Error(`no edge secret in ${file}`);
  return JSON.parse(current.secret) as EdgeSecret;
}
