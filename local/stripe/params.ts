import { StripeRefusal } from './errors.ts';
import type { Form, FormValue } from './form.ts';

/**
 * The members of a request that are served here. The compiler holds their names to those that Stripe's own types have.
 * Called as `served<Stripe.CustomerCreateParams>()('name', 'email')`.
 */
export function served<Params>() {
  return <const Names extends readonly (keyof Params & string)[]>(...names: Names): Names => names;
}

/** Reads the members of a request one by one, and refuses what is missing, misshapen or not served. */
export type Params = {
  readonly text: (name: string) => string | undefined;
  readonly required: (name: string) => string;
  readonly whole: (name: string) => number | undefined;
  readonly object: (name: string) => Form | undefined;
  readonly list: (name: string) => readonly FormValue[];
  readonly metadata: () => Record<string, string>;
};

/** @param names where the request is an object within another: its own, for the messages */
export function readParams(form: Form, names: readonly string[], within = ''): Params {
  const full = (name: string) => (within === '' ? name : `${within}[${name}]`);
  const invalid = (name: string, what: string) =>
    new StripeRefusal(400, `Invalid ${what}: ${full(name)}`, { param: full(name) });
  for (const name of Object.keys(form)) {
    if (!names.includes(name))
      throw new StripeRefusal(400, `Received unknown parameter: ${full(name)}`, {
        code: 'parameter_unknown',
        param: full(name),
      });
  }
  const text = (name: string): string | undefined => {
    const value = form[name];
    if (value !== undefined && typeof value !== 'string') throw invalid(name, 'string');
    return value === '' ? undefined : value;
  };
  const object = (name: string): Form | undefined => {
    const value = form[name];
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw invalid(name, 'object');
    return value;
  };
  return {
    text,
    object,
    required: (name) => {
      const value = text(name);
      if (value === undefined)
        throw new StripeRefusal(400, `Missing required param: ${full(name)}.`, {
          code: 'parameter_missing',
          param: full(name),
        });
      return value;
    },
    whole: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(Number(value))) throw invalid(name, 'integer');
      return Number(value);
    },
    list: (name) => {
      const value = form[name];
      if (value === undefined || value === '') return [];
      if (!Array.isArray(value)) throw invalid(name, 'array');
      return value;
    },
    metadata: () =>
      Object.fromEntries(
        Object.entries(object('metadata') ?? {}).map(([name, value]) => {
          if (typeof value !== 'string' || value.length > 500 || name.length > 40)
            throw invalid('metadata', 'metadata');
          return [name, value];
        }),
      ),
  };
}
