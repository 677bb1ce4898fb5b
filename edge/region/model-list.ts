import { type Model, parseModelName } from '../../tenancy/model.ts';
import type { Page } from '../../tenancy/page.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { Passport } from '../passport.ts';
import { type AdmitDeps, grantedAmong } from './admit.ts';
import { consult } from './consult.ts';
import type { Identified } from './identify.ts';

type ListDeps = Pick<AdmitDeps, 'region' | 'models' | 'rules'>;

/** A model as Anthropic's API lists it. */
type ModelInfo = {
  readonly type: 'model';
  readonly id: string;
  readonly display_name: string;
  readonly created_at: string;
};

type ModelPage = {
  readonly data: readonly ModelInfo[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
};

/** As many as Anthropic's API sends when it is not told. */
const DEFAULT_LIMIT = 20;

/** `GET /v1/models`: what the caller may call from here now, each model once, under its own id. */
export async function listModels(
  { page }: Passport,
  identified: Identified,
  deps: ListDeps,
  now: number,
): Promise<Result<ModelPage, Refusal>> {
  const granted = await grantedModels(identified, deps, now);
  return granted.ok ? pageOf(granted.value, page ?? {}) : granted;
}

/** `GET /v1/models/{id}`, by any name of the model. One that is not granted answers as one that does not exist. */
export async function showModel(
  { model: asked = '' }: Passport,
  identified: Identified,
  deps: ListDeps & Pick<AdmitDeps, 'model'>,
  now: number,
): Promise<Result<ModelInfo, Refusal>> {
  const found = await findListed(asked, identified, deps, now);
  return found.ok ? ok(infoOf(found.value)) : found;
}

/** Finds a granted model by any of its names, for a listing. */
export async function findListed(
  asked: string,
  identified: Identified,
  deps: ListDeps & Pick<AdmitDeps, 'model'>,
  now: number,
): Promise<Result<Model, Refusal>> {
  const name = parseModelName(asked);
  const [granted, named] = await Promise.all([
    grantedModels(identified, deps, now),
    consult(async () => (name === null ? null : deps.model(now, name.name))),
  ]);
  if (!granted.ok) return granted;
  if (!named.ok) return named;
  const model = granted.value.find(({ id }) => id === named.value?.model.id);
  return model ? ok(model) : no({ kind: 'model_not_listed', model: asked });
}

/** All models that the caller may call from here now, the newest of each family first. */
export async function grantedModels(
  { caller, tenant }: Identified,
  deps: ListDeps,
  now: number,
): Promise<Result<Model[], Refusal>> {
  const found = await consult(() => Promise.all([deps.models(now), deps.rules(now, tenant, caller)]));
  if (!found.ok) return found;
  const [models, { grants }] = found.value;
  const granted = grantedAmong(models, grants, deps.region, tenant, now);
  return ok(granted.sort((a, b) => b.id.localeCompare(a.id, 'en', { numeric: true })));
}

function pageOf(
  models: readonly Model[],
  { limit = DEFAULT_LIMIT, beforeId, afterId }: Page,
): Result<ModelPage, Refusal> {
  const at = models.findIndex(({ id }) => id === (beforeId ?? afterId));
  const cursor = beforeId === undefined ? 'after_id' : 'before_id';
  if (at === -1 && (beforeId ?? afterId) !== undefined) {
    return no({ kind: 'request_malformed', what: `${cursor} must be the id of a model of this list` });
  }
  const side = beforeId === undefined ? models.slice(at + 1) : models.slice(0, at);
  const data = (beforeId === undefined ? side.slice(0, limit) : side.slice(-limit)).map(infoOf);
  return ok({
    data,
    has_more: side.length > data.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  });
}

function infoOf({ id, displayName, foundationModelId }: Model): ModelInfo {
  return { type: 'model', id, display_name: displayName, created_at: releasedAt(foundationModelId) };
}

/** Bedrock's older ids carry the day of their release; of the others the API says the epoch, for unknown. */
function releasedAt(foundationModelId: string): string {
  const [, year, month, day] = /-(20\d\d)([01]\d)([0-3]\d)(?:-|$)/.exec(foundationModelId) ?? [];
  return year === undefined ? '1970-01-01T00:00:00Z' : `${year}-${month}-${day}T00:00:00Z`;
}
