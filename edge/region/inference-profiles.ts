import type { Model, ModelProfile } from '../../tenancy/model.ts';
import { profileFor } from '../../tenancy/named-profile.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Region } from '../../tenancy/region.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { Passport } from '../passport.ts';
import type { AdmitDeps } from './admit.ts';
import type { BedrockRole } from './assume.ts';
import type { Identified } from './identify.ts';
import { findListed, grantedModels } from './model-list.ts';

export type ListProfilesDeps = Pick<AdmitDeps, 'region' | 'models' | 'model' | 'rules'> & {
  /** Names the account that the profiles are in. */
  readonly bedrockRole: Pick<BedrockRole, 'arn'>;
};

/** An inference profile in the words of `ListInferenceProfiles` and `GetInferenceProfile`. */
type InferenceProfile = {
  readonly inferenceProfileId: string;
  readonly inferenceProfileArn: string;
  readonly inferenceProfileName: string;
  /** Of the regions where it may run the catalogue knows this one. */
  readonly models: readonly { readonly modelArn: string }[];
  readonly status: 'ACTIVE';
  readonly type: 'SYSTEM_DEFINED' | 'APPLICATION';
};

/** `GET /inference-profiles`: those of the models that the caller may call from here now, within the tenant's residency. */
export async function listInferenceProfiles(
  _: Passport,
  identified: Identified,
  deps: ListProfilesDeps,
  now: number,
): Promise<Result<{ readonly inferenceProfileSummaries: readonly InferenceProfile[] }, Refusal>> {
  const granted = await grantedModels(identified, deps, now);
  if (!granted.ok) return granted;
  const { residency } = identified.tenant;
  const profiles = granted.value.flatMap((model) =>
    model.profiles
      .filter((profile) => isProfile(model, profile) && profile.region === deps.region)
      .filter(({ bedrockModelId }) => profileFor(model, bedrockModelId, deps.region, residency))
      .map((profile) => describeProfile(model, profile, deps)),
  );
  return ok({ inferenceProfileSummaries: profiles });
}

/** `GET /inference-profiles/{id or ARN}`. One that may not be called from here answers as one that does not exist. */
export async function showInferenceProfile(
  { model: asked = '' }: Passport,
  identified: Identified,
  deps: ListProfilesDeps,
  now: number,
): Promise<Result<InferenceProfile, Refusal>> {
  const model = await findListed(asked, identified, deps, now);
  if (!model.ok) return model;
  const profile = profileFor(model.value, asked, deps.region, identified.tenant.residency);
  const named = profile && asked.endsWith(profile.bedrockModelId) && isProfile(model.value, profile);
  return named ? ok(describeProfile(model.value, profile, deps)) : no({ kind: 'model_not_listed', model: asked });
}

function isProfile({ foundationModelId }: Model, { bedrockModelId }: ModelProfile): boolean {
  return bedrockModelId !== foundationModelId;
}

function describeProfile(
  { displayName, foundationModelId }: Model,
  { bedrockModelId, scope }: ModelProfile,
  { region, bedrockRole }: { readonly region: Region; readonly bedrockRole: Pick<BedrockRole, 'arn'> },
): InferenceProfile {
  const [, partition = 'aws', , , account = ''] = bedrockRole.arn.split(':');
  const modelArn = (where: string): string =>
    `arn:${partition}:bedrock:${where}::foundation-model/${foundationModelId}`;
  const models = [{ modelArn: modelArn(region) }, ...(scope === 'global' ? [{ modelArn: modelArn('') }] : [])];
  const common = { models, status: 'ACTIVE' } as const;
  if (bedrockModelId.startsWith('arn:')) {
    const id = bedrockModelId.slice(bedrockModelId.lastIndexOf('/') + 1);
    return {
      inferenceProfileId: id,
      inferenceProfileArn: bedrockModelId,
      inferenceProfileName: displayName,
      ...common,
      type: 'APPLICATION',
    };
  }
  const [geography = ''] = bedrockModelId.split('.');
  return {
    inferenceProfileId: bedrockModelId,
    inferenceProfileArn: `arn:${partition}:bedrock:${region}:${account}:inference-profile/${bedrockModelId}`,
    inferenceProfileName: `${geography === 'global' ? 'Global' : geography.toUpperCase()} Anthropic ${displayName}`,
    ...common,
    type: 'SYSTEM_DEFINED',
  };
}
