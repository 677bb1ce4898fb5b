import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LIMITED, type Limits, TIER_LIMITS } from './limit.ts';
import { formatUsd } from './money.ts';
import { TIERS } from './tenant.ts';

const OF = { tenant: 'tenant', user: 'each user', key: 'each key' } as const;

function cells(limits: Limits): string[] {
  const { requestsPerMinute, tokensPerMinute, requestsPerDay, streams, budget } = limits;
  const numbers = [requestsPerMinute, tokensPerMinute, requestsPerDay, streams];
  return [
    ...numbers.map((max) => (max === undefined ? '' : max.toLocaleString('en'))),
    budget ? `${formatUsd(budget.nanoUsd)}, ${budget.enforcement}` : '',
  ];
}

it('docs/admission.md shows the limits of every tier as they are', () => {
  const page = readFileSync(new URL('../docs/admission.md', import.meta.url), 'utf8');
  const [, table = ''] = /<!-- tiers -->\n([\s\S]*)<!-- \/tiers -->/.exec(page) ?? [];
  const rows = table.trim().split('\n').slice(2);
  const shown = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const tiers = TIERS.flatMap((tier) =>
    LIMITED.map((one) => [`\`${tier}\``, OF[one], ...cells(TIER_LIMITS[tier][one])]),
  );
  expect(shown).toEqual(tiers);
});
