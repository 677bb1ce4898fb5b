import { GraphQLError, type GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/** How a scalar stands on the wire, and what resolvers have in its place. */
type Codec<Internal> = {
  /** From what a resolver gives to what the client sees. */
  readonly write: (value: Internal) => string;
  /** From what the client sent; undefined when it is none. */
  readonly read: (text: string) => Internal | undefined;
  readonly form: string;
};

/** Money is kept in nano-USD: nine decimals, and more than a laptop's worth of digits is a mistake. */
const DECIMAL = /^(?:0|[1-9]\d{0,11})(?:\.\d{1,9})?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MONTH = /^\d{4}-(?:0[1-9]|1[0-2])$/;

const bigInt: Codec<bigint> = {
  write: (value) => value.toString(),
  read: (text) => (/^-?\d{1,30}$/.test(text) ? BigInt(text) : undefined),
  form: 'a whole number as text, such as "3000000000"',
};
const decimal: Codec<string> = {
  write: (value) => value,
  read: (text) => (DECIMAL.test(text) ? text : undefined),
  form: 'a decimal number as text below 10^12 with at most nine decimals, such as "12.5"',
};
/** ms since the epoch. */
const dateTime: Codec<number> = {
  write: (value) => new Date(value).toISOString(),
  read: (text) => (INSTANT.test(text) ? whole(Date.parse(text)) : undefined),
  form: 'an instant such as "2026-11-22T13:45:00Z"',
};
const date: Codec<string> = {
  write: (value) => value,
  // The 31st of a month that has 30 days is another day when it is written out again.
  read: (text) => (DAY.test(text) && isDay(text) ? text : undefined),
  form: 'a day such as "2026-11-22"',
};

const month: Codec<string> = {
  write: (value) => value,
  read: (text) => (MONTH.test(text) ? text : undefined),
  form: 'a month such as "2026-11"',
};

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function whole(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : ms;
}

const CODECS = { BigInt: bigInt, Decimal: decimal, DateTime: dateTime, Date: date, Month: month } as const;

/** Gives the schema's own scalars their forms. @throws for a scalar that has none */
export function armScalar(scalar: GraphQLScalarType): void {
  const codec = Object.hasOwn(CODECS, scalar.name) ? CODECS[scalar.name as keyof typeof CODECS] : null;
  if (!codec) throw new Error(`schema.graphql: the scalar ${scalar.name} has no form`);
  const read = (value: unknown): unknown => {
    const text =
      typeof value === 'number' && scalar.name === 'BigInt' && Number.isSafeInteger(value) ? `${value}` : value;
    const known = typeof text === 'string' ? codec.read(text) : undefined;
    if (known === undefined) throw new GraphQLError(`not a ${scalar.name}: give ${codec.form}`);
    return known;
  };
  scalar.serialize = (value) => codec.write(value as never);
  scalar.parseValue = read;
  scalar.parseLiteral = (node: ValueNode) => {
    if (node.kind === Kind.STRING || node.kind === Kind.INT) return read(node.value);
    throw new GraphQLError(`not a ${scalar.name}: give ${codec.form}`);
  };
}
