import { chooseProfile, type Model, type ModelProfile, parseModelName } from './model.ts';
import type { Region } from './region.ts';
import type { Residency } from './tenant.ts';

const ARN_REGION = /^arn:[^:]*:bedrock:([^:]*):/;

/**
 * The profile for a call that named the model so. A client that names a profile gets that one or none: another would
 * carry its prompt elsewhere than it said. Any other name leaves the choice to us, within the tenant's residency.
 * @param asked as the client wrote it
 * @returns null when the profile it names is another region's, or reaches further than the tenant may
 */
export function profileFor(model: Model, asked: string, region: Region, residency: Residency): ModelProfile | null {
  const arnRegion = ARN_REGION.exec(asked)?.[1];
  if (arnRegion !== undefined && arnRegion !== '' && arnRegion !== region) return null;
  const name = parseModelName(asked)?.name;
  const named = model.profiles.filter(({ bedrockModelId }) => parseModelName(bedrockModelId)?.name === name);
  const chosen = named.length === 0 || name === model.foundationModelId ? model : { ...model, profiles: named };
  return chooseProfile(chosen, region, residency);
}
