import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { type LimitReason, QUERY_LIMITS, sum } from './limits.ts';
import { isLiteralDeeper } from './value-depth.ts';

/** A selection's size with every fragment in its place. `here`: fields of its own level; `deepest`: a field of the last one. */
type Measure = {
  readonly here: number;
  readonly fields: number;
  readonly aliases: number;
  readonly depth: number;
  readonly deepest: string;
};

const NOTHING: Measure = { here: 0, fields: 0, aliases: 0, depth: 0, deepest: '' };

/**
 * Checks all that can be told without the schema. It is meant to run before GraphQL's own validation, whose rule on
 * overlapping fields compares each with each: 5,000 aliases keep it busy for seconds. Every operation counts, whichever
 * will run, for all are validated.
 *
 * A fragment is measured once, however often it is spread, so the time is linear in the document. Recursion follows the
 * document's own nesting and the chains of its fragments, which `readDocument` has bounded.
 */
export function checkShape(
  document: DocumentNode,
  { mayIntrospect }: { readonly mayIntrospect: boolean },
): LimitReason | null {
  const found: LimitReason[] = [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const measured = new Map<string, Measure | 'begun'>();
  let introspects = false;

  const measure = ({ selections }: SelectionSetNode): Measure => selections.map(measureOne).reduce(together, NOTHING);

  function measureOne(one: SelectionNode): Measure {
    checkDirectives(one.directives ?? [], 'name' in one ? one.name.value : 'an inline fragment');
    if (one.kind === Kind.FRAGMENT_SPREAD) return measureFragment(one.name.value);
    if (one.kind === Kind.INLINE_FRAGMENT) return measure(one.selectionSet);
    const field = one.name.value;
    checkValues(one.arguments ?? [], field);
    if (field === '__schema' || field === '__type') {
      introspects = true;
      if (!mayIntrospect) found.push({ kind: 'introspection', field });
    }
    const inner = one.selectionSet ? measure(one.selectionSet) : NOTHING;
    return {
      here: 1,
      fields: sum(1, inner.fields),
      aliases: sum(one.alias ? 1 : 0, inner.aliases),
      depth: 1 + inner.depth,
      deepest: inner.deepest || field,
    };
  }

  function measureFragment(name: string): Measure {
    const known = measured.get(name);
    if (known === 'begun') found.push({ kind: 'fragment_cycle', fragment: name });
    if (known !== undefined) return known === 'begun' ? NOTHING : known;
    const fragment = fragments.get(name);
    // A spread of nothing is for validation to refuse.
    if (!fragment) return NOTHING;
    measured.set(name, 'begun');
    checkDirectives(fragment.directives ?? [], name);
    const size = measure(fragment.selectionSet);
    measured.set(name, size);
    return size;
  }

  function checkDirectives(directives: readonly DirectiveNode[], at: string): void {
    if (directives.length > QUERY_LIMITS.directives) found.push({ kind: 'too_many_directives', at });
    for (const one of directives) checkValues(one.arguments ?? [], at);
  }

  function checkValues(values: readonly Pick<ArgumentNode, 'value'>[], at: string): void {
    if (values.some(({ value }) => isLiteralDeeper(value, QUERY_LIMITS.valueDepth)))
      found.push({ kind: 'values_too_deep', at });
  }

  const sizes: { readonly name: string; readonly size: Measure; readonly isOperation: boolean }[] = [];
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) {
      // Also where nothing spreads it: validation goes through it all the same.
      const name = one.name.value;
      sizes.push({ name, size: measureFragment(name), isOperation: false });
    } else if (one.kind === Kind.OPERATION_DEFINITION) {
      const name = one.name?.value ?? `the ${one.operation}`;
      checkDirectives(one.directives ?? [], name);
      for (const { variable, directives, defaultValue } of one.variableDefinitions ?? []) {
        checkDirectives(directives ?? [], variable.name.value);
        if (defaultValue) checkValues([{ value: defaultValue }], variable.name.value);
      }
      sizes.push({ name, size: measure(one.selectionSet), isOperation: true });
    }
  }
  for (const { name, size, isOperation } of sizes) {
    found.push(...tooMuch(size, name, introspects));
    if (isOperation && size.here > QUERY_LIMITS.rootFields) found.push({ kind: 'too_many_root_fields', within: name });
  }
  return found[0] ?? null;
}

function together(one: Measure, other: Measure): Measure {
  return {
    here: sum(one.here, other.here),
    fields: sum(one.fields, other.fields),
    aliases: sum(one.aliases, other.aliases),
    ...(one.depth >= other.depth
      ? { depth: one.depth, deepest: one.deepest }
      : { depth: other.depth, deepest: other.deepest }),
  };
}

function tooMuch({ fields, aliases, depth, deepest }: Measure, within: string, introspects: boolean): LimitReason[] {
  const limit = introspects ? QUERY_LIMITS.introspectionDepth : QUERY_LIMITS.depth;
  return [
    ...(depth > limit ? [{ kind: 'too_deep', field: deepest, limit } as const] : []),
    ...(aliases > QUERY_LIMITS.aliases ? [{ kind: 'too_many_aliases', within } as const] : []),
    ...(fields > QUERY_LIMITS.fields ? [{ kind: 'too_many_fields', within } as const] : []),
  ];
}
