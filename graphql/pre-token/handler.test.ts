import { expect, it, vi } from 'vitest';
import type { PreTokenEvent } from './tenant-claim.ts';

const machine = (clientId: string) =>
  ({
    triggerSource: 'TokenGeneration_ClientCredentials',
    callerContext: { awsSdkVersion: 'x', clientId },
    request: { userAttributes: {} },
    response: {},
  }) as PreTokenEvent;

it('knows the machines that its setting names, and no member that every object has', async () => {
  vi.stubEnv('MACHINE_CLIENTS', '{"robot":"acme"}');
  const { handler } = await import('./handler.ts');
  const { response } = await handler(machine('robot'));
  expect(response.claimsAndScopeOverrideDetails.accessTokenGeneration?.claimsToAddOrOverride).toEqual({
    tenant_id: 'acme',
  });
  for (const stray of ['other', 'constructor', '__proto__'])
    await expect(handler(machine(stray))).rejects.toThrow('belongs to no tenant');
  vi.unstubAllEnvs();
});
