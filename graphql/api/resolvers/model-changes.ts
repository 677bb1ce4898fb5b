import { PRICE_STEP_USD, type Price, readPerToken, type TokenPrices } from '../../../tenancy/price.ts';
import { getModel, modelEnabledWrite } from '../../../tenancy/table/models.ts';
import { getPriceFrom, priceRemoval, priceWrite } from '../../../tenancy/table/prices.ts';
import { type UserError, userError } from '../errors.ts';
import { modelNodeId, parseIdOf } from '../ids.ts';
import { carryOut, mistaken, planned } from '../mutation.ts';
import type { Resolvers, SchedulePriceInput } from '../resolver-types.ts';
import { readPriceScope } from '../words.ts';
import { whyTextWrong } from '../writable.ts';

const MAX_REASON = 500;
/** Each region reads a model's prices anew every 30 seconds: no request may be rated before its region knows the price. */
const AHEAD_MS = 60_000;

/** What the platform's staff do to the catalogue. Its trail is the platform's own. */
export const modelChangeResolvers = {
  Mutation: {
    async setModelEnabled(_, { input }, context) {
      const { access, loaders } = context;
      const reason = input.reason.trim();
      const carried = await carryOut('setModelEnabled', input, context, async () => {
        const model = await findModel(access.catalogue, input.modelId);
        if (!model) return mistaken(NO_MODEL);
        if (reason.length < 1 || reason.length > MAX_REASON) {
          return mistaken(userError('INVALID', 'reason', `must be 1 to ${MAX_REASON} characters`));
        }
        const moved = 'somebody else has switched the model since; look at it, and try again';
        return planned({
          trail: null,
          target: { kind: 'Model', id: modelNodeId(model.id) },
          before: { enabled: model.enabled },
          after: { enabled: input.enabled },
          reason,
          steps: [
            {
              writes: [modelEnabledWrite(access.catalogue, model, input.enabled)],
              refusedAs: userError('CONFLICT_VERSION', 'enabled', moved),
            },
          ],
          result: { modelId: model.id },
        });
      });
      if (!carried.done) return { model: null, replayed: false, userErrors: [...carried.errors] };
      loaders.forget();
      const model = await loaders.model(String(carried.result['modelId']));
      return { model, replayed: carried.replayed, userErrors: [] };
    },
    async schedulePrice(_, { input }, context) {
      const { access } = context;
      const carried = await carryOut('schedulePrice', input, context, async () => {
        const model = await findModel(access.catalogue, input.modelId);
        if (!model) return mistaken(NO_MODEL);
        if (input.effectiveFrom < context.now + AHEAD_MS) {
          return mistaken(userError('INVALID', 'effectiveFrom', 'must be a minute or more from now'));
        }
        const read = readPrices(input);
        if (!read.ok) return { ok: false, errors: read.errors };
        const price: Price = {
          modelId: model.id,
          book: input.book === 'COST' ? 'cost' : 'charge',
          ...readPriceScope(input),
          from: input.effectiveFrom,
          perToken: read.perToken,
        };
        const already = 'this book has a price of the model from this instant on, for the same calls';
        const taken = userError('TAKEN', 'effectiveFrom', already);
        return planned({
          trail: null,
          target: { kind: 'Model', id: modelNodeId(model.id) },
          before: {},
          after: toldPrice(price),
          steps: [{ writes: [priceWrite(access.catalogue, price)], refusedAs: taken }],
          result: notePrice(price),
        });
      });
      if (!carried.done) return { price: null, replayed: false, userErrors: [...carried.errors] };
      // A price never changes once it stands: what was noted of it is what it is.
      return { price: notedPrice(carried.result), replayed: carried.replayed, userErrors: [] };
    },
    async cancelScheduledPrice(_, { input }, context) {
      const { access, now } = context;
      const reason = input.reason.trim();
      const carried = await carryOut('cancelScheduledPrice', input, context, async () => {
        const model = await findModel(access.catalogue, input.modelId);
        if (!model) return mistaken(NO_MODEL);
        const wordless = whyTextWrong('reason', reason, MAX_REASON);
        if (wordless) return mistaken(wordless);
        // Some region may rate by it already.
        if (input.effectiveFrom < now + AHEAD_MS) {
          return mistaken(
            userError('WRONG_STATE', 'effectiveFrom', 'it holds, or will within a minute: schedule another'),
          );
        }
        const unknown = 'this book has no price of the model from this instant on, for the same calls';
        const none = userError('NOT_FOUND', 'effectiveFrom', unknown);
        const price = await getPriceFrom(access.catalogue, {
          modelId: model.id,
          book: input.book === 'COST' ? 'cost' : 'charge',
          ...readPriceScope(input),
          from: input.effectiveFrom,
        });
        if (!price) return mistaken(none);
        return planned({
          trail: null,
          target: { kind: 'Model', id: modelNodeId(model.id) },
          before: toldPrice(price),
          after: {},
          reason,
          steps: [{ writes: [priceRemoval(access.catalogue, price)], refusedAs: none }],
          result: notePrice(price),
        });
      });
      if (!carried.done) return { cancelledPrice: null, replayed: false, userErrors: [...carried.errors] };
      return { cancelledPrice: notedPrice(carried.result), replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

/** As the trail tells it. Not under the name `perToken`: what is called so is blacked out there, as every token is. */
function toldPrice({ modelId: _, from, perToken: nanoUsd, ...rest }: Price) {
  return { ...rest, effectiveFrom: new Date(from).toISOString(), nanoUsd };
}

function notePrice({ perToken, ...name }: Price) {
  return { ...name, ...perToken };
}

function notedPrice(noted: Readonly<Record<string, unknown>>): Price {
  const { modelId, book, region, tier, from, ...perToken } = noted;
  return { modelId, book, ...(region ? { region } : {}), ...(tier ? { tier } : {}), from, perToken } as Price;
}

const NO_MODEL = userError('NOT_FOUND', 'modelId', 'there is no such model');

/** By its own id alone: an alias may mean another model by the time that somebody reads the trail. */
async function findModel(catalogue: Parameters<typeof getModel>[0], nodeId: string) {
  const id = parseIdOf('Model', nodeId)?.id;
  const model = id === undefined ? null : await getModel(catalogue, id);
  return model?.id === id ? model : null;
}

const FIELDS = {
  input: 'inputPerMillionUsd',
  output: 'outputPerMillionUsd',
  cacheRead: 'cacheReadPerMillionUsd',
  cacheWrite5m: 'cacheWrite5mPerMillionUsd',
  cacheWrite1h: 'cacheWrite1hPerMillionUsd',
} as const satisfies Record<keyof TokenPrices, keyof SchedulePriceInput>;

type Read =
  | { readonly ok: true; readonly perToken: TokenPrices }
  | { readonly ok: false; readonly errors: UserError[] };

function readPrices(input: SchedulePriceInput): Read {
  const read = Object.entries(FIELDS).map(([name, field]) => ({ name, field, perToken: readPerToken(input[field]) }));
  const errors = read
    .filter(({ perToken }) => perToken === null)
    .map(({ field }) => userError('INVALID', field, `must be a whole number of steps of ${PRICE_STEP_USD} USD`));
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, perToken: Object.fromEntries(read.map((one) => [one.name, one.perToken])) as TokenPrices };
}
