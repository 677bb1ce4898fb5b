import { CONTROL_REGION } from '../../tenancy/region.ts';
import { startApiGateway } from '../api-gateway.ts';
import type { Issuer } from '../issuer.ts';
import { MACHINE_SCOPE } from '../seed-people.ts';
import type { Parts } from './parts.ts';
import { CLIENT_ID, userPoolEnv } from './user-pool.ts';

/** Where exports are. */
export const EXPORT_BUCKET = 'agent-runner-local-exports';

/** The GraphQL function behind its gateway. @param env what it is told beside tables and user pool */
export async function startControlPlane(
  { functions, env: tables, keep }: Parts,
  issuer: Pick<Issuer, 'url' | 'jwksUri' | 'apiUrl' | 'caPath'>,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly port: number; readonly pid: number | undefined }> {
  const fn = await functions.start('graphql-api', CONTROL_REGION, {
    ...tables,
    ...env,
    ISSUER_URL: issuer.url,
    JWKS_URI: issuer.jwksUri,
    CLIENT_IDS: CLIENT_ID,
    CONSOLE_CLIENT_ID: CLIENT_ID,
    ...userPoolEnv(issuer),
    EXPORT_BUCKET,
    MACHINE_SCOPE,
    DEVELOPMENT: '1',
  });
  const settings = { region: CONTROL_REGION, fn, resource: '/graphql', transfer: 'BUFFERED' } as const;
  const { port } = keep(await startApiGateway({ ...settings, onLine: functions.log }));
  return { port, pid: fn.pids()[0] };
}
