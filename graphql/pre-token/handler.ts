import { addTenantClaim, type PreTokenEvent } from './tenant-claim.ts';

/**
 * Cognito's pre-token trigger (version 3 of the event). `MACHINE_CLIENTS` maps app client ids to tenants, as JSON;
 * a client that it does not name gets no token.
 */
const machineClients = new Map(Object.entries(JSON.parse(process.env['MACHINE_CLIENTS'] ?? '{}') as object));

export async function handler(event: PreTokenEvent): Promise<PreTokenEvent> {
  return addTenantClaim(event, (clientId) => machineClients.get(clientId));
}
