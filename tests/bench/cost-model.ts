/**
 * What a million requests cost in AWS's services, line by line, and what part that is of their token bill. Prices,
 * traffic and what a request uses are data; docs/cost-model.md is written from them.
 */

import { SUMS } from '../../tenancy/usage-sum.ts';

/** In USD per unit. Public list prices without free tiers, discounts or commitments. */
export type Price = { readonly usd: number; readonly per: string; readonly of: string };

/** When the prices were written down. They are as the authors know them; the script does not look. */
export const PRICES_AS_OF = '2026-11-22';

/** eu-central-1 where a price is a region's own, the first tier where there are several. */
export const PRICES = {
  cloudFrontRequest: { usd: 1.2e-6, per: 'HTTPS request, Europe', of: 'Amazon CloudFront pricing' },
  cloudFrontToViewer: { usd: 0.085, per: 'GB to viewers, Europe', of: 'Amazon CloudFront pricing' },
  cloudFrontToOrigin: { usd: 0.02, per: 'GB to the origin, Europe', of: 'Amazon CloudFront pricing' },
  cloudFrontFunction: { usd: 0.1e-6, per: 'invocation', of: 'Amazon CloudFront pricing' },
  keyValueStoreRead: { usd: 0.03e-6, per: 'read in a function', of: 'Amazon CloudFront pricing' },
  edgeRequest: { usd: 0.6e-6, per: 'request', of: 'AWS Lambda pricing, Lambda@Edge' },
  edgeGbSecond: { usd: 0.00005001, per: 'GB-s', of: 'AWS Lambda pricing, Lambda@Edge' },
  restRequest: { usd: 3.7e-6, per: 'request, each begun 10 MB of a streamed answer', of: 'Amazon API Gateway pricing' },
  lambdaRequest: { usd: 0.2e-6, per: 'request', of: 'AWS Lambda pricing' },
  lambdaGbSecond: { usd: 0.0000133334, per: 'GB-s, Arm', of: 'AWS Lambda pricing' },
  write: { usd: 0.7625e-6, per: 'write request unit, on demand', of: 'Amazon DynamoDB pricing' },
  read: { usd: 0.1525e-6, per: 'read request unit, on demand', of: 'Amazon DynamoDB pricing' },
  tableGbMonth: { usd: 0.306, per: 'GB-month', of: 'Amazon DynamoDB pricing' },
  tableBackupGbMonth: { usd: 0.2448, per: 'GB-month of point-in-time recovery', of: 'Amazon DynamoDB pricing' },
  logGb: { usd: 0.63, per: 'GB taken in', of: 'Amazon CloudWatch pricing, logs' },
  firehoseGb: { usd: 0.033, per: 'GB taken in', of: 'Amazon Data Firehose pricing' },
  s3GbMonth: { usd: 0.0245, per: 'GB-month', of: 'Amazon S3 pricing, Standard' },
  kmsRequest: { usd: 3e-6, per: 'request', of: 'AWS KMS pricing' },
  secretRequest: { usd: 5e-6, per: 'request', of: 'AWS Secrets Manager pricing' },
} as const satisfies Record<string, Price>;

/** In USD per million tokens, as Anthropic and Amazon Bedrock list them; profiles of one geography may cost a tenth more. */
export const MODELS = {
  'Claude Sonnet 4.5': { input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75 },
  'Claude Haiku 4.5': { input: 1, output: 5, cacheRead: 0.1, cacheWrite5m: 1.25 },
  'Claude Opus 4.5': { input: 5, output: 25, cacheRead: 0.5, cacheWrite5m: 6.25 },
} as const;
type ModelName = keyof typeof MODELS;

/** Tokens of one request, and how long its answer streams. */
export type Shape = {
  readonly name: string;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly output: number;
  readonly secondsToFirstToken: number;
};

export const SHAPES: readonly Shape[] = [
  { name: 'short chat', input: 1_000, cacheRead: 0, cacheWrite5m: 0, output: 300, secondsToFirstToken: 1 },
  {
    name: 'Claude Code turn',
    input: 1_000,
    cacheRead: 70_000,
    cacheWrite5m: 4_000,
    output: 1_000,
    secondsToFirstToken: 2.5,
  },
  {
    name: 'long answer',
    input: 1_000,
    cacheRead: 70_000,
    cacheWrite5m: 4_000,
    output: 10_000,
    secondsToFirstToken: 2.5,
  },
];

/** What is assumed of every request; each has its reason in docs/cost-model.md. */
export const ASSUMED = {
  outputTokensPerSecond: 60,
  requestBytesPerToken: 3.93,
  answerBytesPerToken: 100,
  headerBytes: 3_000,
  lambdaMemoryGb: 0.5,
  edgeMemoryGb: 0.125,
  edgeSeconds: 0.01,
  reservationStepTokens: 4_096,
  secondsBetweenSwitchReads: 3,
  readAtEachSwitchRead: 4,
  ledgerBytes: 1_600,
  lakeBytes: 1_000,
  monthsKept: 13,
  logBytes: 2_300,
  coldStartShare: 0.01,
  requestsPerRollup: 10,
} as const;

/** Write request units of the calls on gates that one reservation, extension or release makes: tenant, user and key. */
const GATES = 3;

/** Write request units of a small item in a transaction. */
const IN_TRANSACTION = 2;

/** The sums that a request with a session stands in. */
const SUMS_OF_REQUEST = Object.keys(SUMS).length;

export type Line = { readonly service: string; readonly item: string; readonly usdPerMillion: number };

/** The line items of a million requests of one shape. */
export function costLines(shape: Shape, lambdaMemoryGb: number = ASSUMED.lambdaMemoryGb): Line[] {
  const use = ASSUMED;
  const inputTokens = shape.input + shape.cacheRead + shape.cacheWrite5m;
  const seconds = streamSeconds(shape);
  const bytesIn = inputTokens * use.requestBytesPerToken + use.headerBytes;
  const bytesOut = shape.output * use.answerBytesPerToken + use.headerBytes;
  const extensions = Math.ceil(shape.output / use.reservationStepTokens) - 1;
  const switchReads = Math.floor(seconds / use.secondsBetweenSwitchReads);
  const ledgerGb = (use.ledgerBytes * use.monthsKept) / 1e9;
  const line = (service: string, item: string, price: Price, units: number): Line => ({
    service,
    item,
    usdPerMillion: price.usd * units * 1e6,
  });
  const at = PRICES;
  return [
    line('CloudFront', 'requests', at.cloudFrontRequest, 1),
    line('CloudFront', 'data to clients', at.cloudFrontToViewer, bytesOut / 1e9),
    line('CloudFront', 'data to the origin', at.cloudFrontToOrigin, bytesIn / 1e9),
    line('CloudFront', 'viewer function', at.cloudFrontFunction, 1),
    line('CloudFront', 'KeyValueStore reads', at.keyValueStoreRead, 1),
    line('Lambda@Edge', 'requests', at.edgeRequest, 1),
    line('Lambda@Edge', 'GB-s', at.edgeGbSecond, use.edgeMemoryGb * use.edgeSeconds),
    line('API Gateway', 'REST requests', at.restRequest, Math.ceil(bytesOut / 10e6)),
    line('Lambda, region', 'requests', at.lambdaRequest, 1),
    line('Lambda, region', 'GB-s while the answer streams', at.lambdaGbSecond, lambdaMemoryGb * seconds),
    line('DynamoDB', 'admission: BatchGet of 3 items, consistent', at.read, 3),
    line('DynamoDB', 'intent, with its entry in the index of open ones', at.write, 2),
    line('DynamoDB', 'gates reserved', at.write, GATES),
    line('DynamoDB', 'gates extended as output flows', at.write, GATES * extensions),
    line('DynamoDB', 'switches and gates read while it runs', at.read, use.readAtEachSwitchRead * switchReads),
    line('DynamoDB', 'settlement, out of the index of open ones', at.write, 3),
    line('DynamoDB', 'gates released', at.write, GATES),
    line('DynamoDB', 'roll-up: its mark, in a transaction', at.write, IN_TRANSACTION),
    line(
      'DynamoDB',
      `roll-up: ${SUMS_OF_REQUEST} sums, shared by ${use.requestsPerRollup} requests`,
      at.write,
      (IN_TRANSACTION * SUMS_OF_REQUEST) / use.requestsPerRollup,
    ),
    line('DynamoDB', `storage of the ledger, ${use.monthsKept} months`, at.tableGbMonth, ledgerGb),
    line('DynamoDB', `point-in-time recovery, ${use.monthsKept} months`, at.tableBackupGbMonth, ledgerGb),
    line('DynamoDB', 'stream reads, by Lambda: not charged', { usd: 0, per: 'read', of: 'Amazon DynamoDB pricing' }, 4),
    line('Lambda, stream consumers', 'requests and GB-s, in batches of 100', at.lambdaGbSecond, 0.25 * 0.005),
    line('CloudWatch', 'logs, usage records included', at.logGb, use.logBytes / 1e9),
    line('Firehose', 'usage records', at.firehoseGb, use.lakeBytes / 1e9),
    line('S3', `lake, ${use.monthsKept} months`, at.s3GbMonth, (use.lakeBytes * use.monthsKept) / 1e9),
    line('KMS', 'data keys of the tables', at.kmsRequest, use.coldStartShare),
    line('Secrets Manager', 'at an edge’s cold start', at.secretRequest, use.coldStartShare),
    line('STS', 'AssumeRole: not charged', { usd: 0, per: 'request', of: 'AWS STS' }, use.coldStartShare),
  ];
}

/** How long Lambda is billed for one stream: it waits for the first token and to the end of the last. */
export function streamSeconds({ secondsToFirstToken, output }: Shape): number {
  return secondsToFirstToken + output / ASSUMED.outputTokensPerSecond;
}

/** USD per million requests. */
export function tokenBill(shape: Shape, model: ModelName): number {
  const at = MODELS[model];
  return (
    shape.input * at.input +
    shape.cacheRead * at.cacheRead +
    shape.cacheWrite5m * at.cacheWrite5m +
    shape.output * at.output
  );
}

export function totalCost(shape: Shape, lambdaMemoryGb?: number): number {
  return costLines(shape, lambdaMemoryGb).reduce((sum, { usdPerMillion }) => sum + usdPerMillion, 0);
}

/** The most that the platform may cost, as a part of the token bill, at 10,000 output tokens. */
const AIM = 0.01;
const AIMED: ModelName = 'Claude Sonnet 4.5';
const MEMORY_GB = [0.25, 0.5, 1] as const;

/** The generated part of docs/cost-model.md. */
export function writeCostModel(): string {
  const lines = SHAPES.map((shape) => costLines(shape));
  const items = (lines[0] ?? []).map(({ service, item }, index) => [
    service,
    item,
    ...lines.map((own) => usd(own[index]?.usdPerMillion ?? Number.NaN)),
  ]);
  const long = SHAPES.at(-1) as Shape;
  const share = totalCost(long) / tokenBill(long, AIMED);
  const models = Object.keys(MODELS) as ModelName[];
  return [
    `In USD per million requests; list prices of eu-central-1 as of ${PRICES_AS_OF}.`,
    table(
      ['service', 'item', ...SHAPES.map(({ name }) => name)],
      [
        ...items,
        ['**all of it**', '', ...SHAPES.map((shape) => `**${usd(totalCost(shape))}**`)],
        ...models.map((model) => ['tokens', model, ...SHAPES.map((shape) => usd(tokenBill(shape, model)))]),
        ...models.map((model) => [
          'share',
          `of ${model}’s tokens`,
          ...SHAPES.map((shape) => percent(totalCost(shape) / tokenBill(shape, model))),
        ]),
      ],
    ),
    table(
      ['aim', 'allowed', 'modelled', ''],
      [
        [
          `share of ${AIMED}’s tokens, ${long.name}`,
          `< ${percent(AIM)}`,
          percent(share),
          share < AIM ? 'met' : 'missed',
        ],
      ],
    ),
    'The memory of the regional function decides the rest, as it is paid for as long as an answer streams:',
    table(
      ['memory, GB', ...models.map((model) => `${long.name}, share of ${model}’s tokens`)],
      MEMORY_GB.map((gb) => [
        String(gb),
        ...models.map((model) => percent(totalCost(long, gb) / tokenBill(long, model))),
      ]),
    ),
    table(
      ['price', 'USD', 'per', 'from'],
      Object.entries(PRICES).map(([name, { usd, per, of }]) => [`\`${name}\``, plain(usd), per, of]),
    ),
    table(
      ['shape', 'input', 'cache read', 'cache write', 'output', 'billed seconds'],
      SHAPES.map((shape) => [
        shape.name,
        ...[shape.input, shape.cacheRead, shape.cacheWrite5m, shape.output].map((count) =>
          count.toLocaleString('en-US'),
        ),
        streamSeconds(shape).toFixed(1),
      ]),
    ),
    table(
      ['assumed', ''],
      Object.entries(ASSUMED).map(([name, value]) => [`\`${name}\``, String(value)]),
    ),
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function usd(value: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function plain(value: number): string {
  return value.toFixed(10).replace(/0+$/, '');
}
