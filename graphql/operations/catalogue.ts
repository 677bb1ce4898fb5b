import { KeptValue } from '../../access-token/kept-value.ts';
import type { Model } from '../../tenancy/model.ts';
import { type Price, priceAt } from '../../tenancy/price.ts';
import { listModelPage } from '../../tenancy/table/models.ts';
import { listPrices } from '../../tenancy/table/prices.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { TryAgain } from './run.ts';

/** A model with the price that the platform charges for calls of any region and tier; null when there is none in force. */
export type Offered = { readonly model: Model; readonly charge: Price | null };

/** Every model of the catalogue. @throws TryAgain when it cannot be read */
export type ReadCatalogue = () => Promise<readonly Offered[]>;

const PAGE = 100;
/** A price or a model that has just changed may wait for so long: a call that fails for it is tried again. */
const RULES = { freshMs: 30_000, usableMs: 120_000, pauseMs: 5_000 };

/**
 * Keeps the catalogue, which is the same for all tenants: of a thousand that are onboarded in a row each would read some
 * sixty items of it.
 */
export function keepCatalogue(tables: Tables, now: () => number, onFailure: (error: unknown) => void): ReadCatalogue {
  const kept = new KeptValue((at) => readCatalogue(tables, at), RULES, onFailure);
  return async () => {
    const catalogue = await kept.get(now());
    if (!catalogue) throw new TryAgain('the catalogue cannot be read');
    return catalogue;
  };
}

/** @param now ms since the epoch */
export async function readCatalogue(tables: Tables, now: number): Promise<readonly Offered[]> {
  const models: Model[] = [];
  for (let after: string | undefined, more = true; more; ) {
    const page = await listModelPage(tables, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    models.push(...page.items);
    after = page.next;
    more = page.next !== undefined;
  }
  return Promise.all(
    models.map(async (model) => ({ model, charge: priceAt(await listPrices(tables, model.id), 'charge', now) })),
  );
}
