import type { AimRow } from './aims.ts';
import type { BundleLoad } from './bundles.ts';
import { type Figures, median } from './rounds.ts';
import type { Measured } from './scenarios.ts';

/** Whom the ratios are to, and whose row the aims are for. */
export const [OURS, PORTKEY, NGINX] = ['ours, without the stores’ work', 'Portkey', 'nginx, SSE'];

/** The most that ours may cost, as a part of what Portkey costs in the same run. */
const AIMS: Readonly<Record<string, number>> = {
  paced64: 0.4,
  burst16: 0.25,
  '256 KB': 0.15,
  '4 MB': 0.12,
  fixed: 0.6,
};

export type Report = {
  readonly scenarios: readonly Measured[];
  /** Rows in the order of the table. */
  readonly names: readonly string[];
  readonly figures: Figures;
  readonly leftOut: readonly string[];
  readonly bundles: readonly BundleLoad[] | string;
  /** Measured apart from the table; empty when a target for them was left out. */
  readonly aims: readonly AimRow[];
  /** When, where and how long. */
  readonly circumstances: string;
};

/** The whole report as Markdown. */
export function writeReport({ scenarios, names, figures, leftOut, bundles, aims, circumstances }: Report): string {
  const cost = (name: string, scenario: Measured) => median(figures.get(name)?.get(scenario.name) ?? []);
  const cell = (name: string, scenario: Measured) => {
    const own = cost(name, scenario);
    return `${digits(own)} (${ratio(own, cost(PORTKEY, scenario))} / ${ratio(own, cost(NGINX, scenario))})`;
  };
  const verdicts = scenarios.map((scenario) => {
    const [aim, share] = [AIMS[scenario.name] ?? 0, cost(OURS, scenario) / cost(PORTKEY, scenario)];
    const verdict = Number.isNaN(share) ? 'not measured' : share <= aim ? 'met' : 'missed';
    return [scenario.title, `≤ ${aim.toFixed(2)}`, Number.isNaN(share) ? '–' : share.toFixed(2), verdict];
  });
  return [
    circumstances,
    'CPU time of the proxy’s process in ms; in brackets × Portkey / × nginx.',
    table(
      ['target', ...scenarios.map(({ title, per }) => `${title}, per ${per}`)],
      names.map((name) => [name, ...scenarios.map((scenario) => cell(name, scenario))]),
    ),
    leftOut.map((line) => `- left out: ${line}`).join('\n'),
    table([`aim for “${OURS}”`, '× Portkey', 'measured', ''], verdicts),
    aims.length === 0
      ? ''
      : table(
          ['aim for one request', 'allowed', 'measured', ''],
          aims.map(({ what, allowed, measured, met }) => [
            what,
            allowed,
            measured,
            met === null ? '' : met ? 'met' : 'missed',
          ]),
        ),
    typeof bundles === 'string'
      ? `- left out: bundles (${bundles})`
      : table(
          ['bundle', 'size, kB', 'CPU of loading it, ms over an empty module', 'aim', ''],
          bundles.map(({ name, bytes, cpuMs, aimMs }) => [
            name,
            (bytes / 1_000).toFixed(0),
            cpuMs.toFixed(1),
            aimMs === undefined ? '' : `≤ ${aimMs}`,
            aimMs === undefined ? '' : cpuMs <= aimMs ? 'met' : 'missed',
          ]),
        ),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function digits(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : 1);
}

function ratio(value: number, to: number): string {
  const times = value / to;
  return Number.isNaN(times) ? '–' : times.toFixed(times < 10 ? 2 : 0);
}
