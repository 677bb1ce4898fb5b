import { costOf, type Price, priceAt } from '../tenancy/price.ts';
import { ratingOf } from '../tenancy/provisioning.ts';
import { listModels } from '../tenancy/table/models.ts';
import { listPrices } from '../tenancy/table/prices.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import { listTenants } from '../tenancy/table/tenants.ts';
import type { RunDeps } from './run.ts';

const PAGE = 100;

/** What a run reads of the control plane: whose days there are, and what tokens cost. */
export function readBooks(tables: Tables): Pick<RunDeps, 'tenants' | 'prices' | 'chargeOf'> {
  const pricesOf = async (modelId: string): Promise<readonly Price[]> => listPrices(tables, modelId);
  return {
    async *tenants() {
      let after: string | undefined;
      do {
        const page = await listTenants(tables, { limit: PAGE, ...(after === undefined ? {} : { after }) });
        for (const { id } of page.items) yield id;
        after = page.next;
      } while (after !== undefined);
    },
    prices: async () => (await Promise.all((await listModels(tables)).map(({ id }) => pricesOf(id)))).flat(),
    chargeOf: async ({ model, callerType, startedAt, region, tier }, tokens) => {
      const price = priceAt(await pricesOf(model), 'charge', startedAt, { region, ...(tier ? { tier } : {}) });
      return price && costOf(tokens, ratingOf(callerType, price.perToken).perToken);
    },
  };
}
