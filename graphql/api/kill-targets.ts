import { REGIONS } from '../../tenancy/region.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { SwitchTarget } from '../../tenancy/switches.ts';
import type { KillTarget } from '../commands/kill-switch/kill-switch.ts';
import { type UserError, userError } from './errors.ts';
import { apiKeyNodeId, modelNodeId, parseIdOf, tenantNodeId, userNodeId } from './ids.ts';
import type { KillScope } from './resolver-types.ts';
import { regionName } from './words.ts';

/** What a kill switch stops, as the schema names it. */
export type KillName = { readonly scope: KillScope; readonly targetId: string | null };

/** A kind of thing with the trail's word for it. */
export const TARGET_TYPES: Readonly<Record<KillScope, string>> = {
  PLATFORM: 'Platform',
  REGION: 'Region',
  MODEL: 'Model',
  TENANT: 'Tenant',
  USER: 'User',
  API_KEY: 'ApiKey',
};

export const NO_TARGET = userError('NOT_FOUND', 'targetId', 'there is no such thing to stop');

/** Reads what is meant; whether it exists is the directory's to say. */
export function readTarget(scope: KillScope, targetId: string | null | undefined): Result<KillTarget, UserError> {
  if (scope === 'PLATFORM') {
    // Who names something and says PLATFORM means one of the two, and the wrong one stops everybody.
    if (targetId)
      return no(userError('INVALID', 'targetId', 'the platform has no id: leave it out, or say another scope'));
    return ok({ kind: 'switch', target: 'platform' });
  }
  if (!targetId) return no(userError('INVALID', 'targetId', 'say which one'));
  const target = readNamed(scope, targetId);
  return target ? ok(target) : no(NO_TARGET);
}

function readNamed(scope: Exclude<KillScope, 'PLATFORM'>, text: string): KillTarget | null {
  switch (scope) {
    case 'REGION': {
      const region = REGIONS.find((one) => one === text || regionName(one) === text);
      return region ? { kind: 'switch', target: `region:${region}` } : null;
    }
    case 'MODEL': {
      const id = parseIdOf('Model', text);
      return id && { kind: 'switch', target: `model:${id.id}` };
    }
    case 'TENANT': {
      const id = parseIdOf('Tenant', text);
      return id && { kind: 'gate', id: { tenantId: id.tenantId, subject: { kind: 'tenant' } } };
    }
    case 'USER': {
      const id = parseIdOf('User', text);
      return id && { kind: 'gate', id: { tenantId: id.tenantId, subject: { kind: 'user', identityId: id.id } } };
    }
    case 'API_KEY': {
      const id = parseIdOf('ApiKey', text);
      return id && { kind: 'gate', id: { tenantId: id.tenantId, subject: { kind: 'key', keyId: id.id } } };
    }
  }
}

/** A target's name: what `readTarget` would read it from. */
export function nameOf(target: KillTarget): KillName {
  if (target.kind === 'switch') return nameOfSwitch(target.target);
  const { tenantId, subject } = target.id;
  switch (subject.kind) {
    case 'tenant':
      return { scope: 'TENANT', targetId: tenantNodeId(tenantId) };
    case 'user':
      return { scope: 'USER', targetId: userNodeId(tenantId, subject.identityId) };
    case 'key':
      return { scope: 'API_KEY', targetId: apiKeyNodeId(tenantId, subject.keyId) };
  }
}

function nameOfSwitch(target: SwitchTarget): KillName {
  const [kind, name = ''] = target.split(/:(.*)/s);
  if (kind === 'platform') return { scope: 'PLATFORM', targetId: null };
  if (kind === 'model') return { scope: 'MODEL', targetId: modelNodeId(name) };
  // A region that the platform has no more is named as it stands there: whatever is thrown must be seen.
  const region = REGIONS.find((one) => one === name);
  return { scope: 'REGION', targetId: region ? regionName(region) : name };
}
