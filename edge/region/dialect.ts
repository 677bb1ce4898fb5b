import type { RouteName, Wire } from '../../tenancy/route.ts';

/** What a client speaks to us, and which of Bedrock's two families of operations carries its call. */
export type Dialect = { readonly wire: Wire; readonly format: 'invoke' | 'converse' };

const INVOKE = { wire: 'bedrock', format: 'invoke' } as const;
const CONVERSE = { wire: 'bedrock', format: 'converse' } as const;

/** The routes that call a model. Where `stream` is null the body says it. */
export const CALLS = {
  messages: { wire: 'anthropic', format: 'invoke', stream: null },
  invoke: { ...INVOKE, stream: false },
  invoke_stream: { ...INVOKE, stream: true },
  converse: { ...CONVERSE, stream: false },
  converse_stream: { ...CONVERSE, stream: true },
} as const satisfies Partial<Record<RouteName, Dialect & { readonly stream: boolean | null }>>;

export type CallRoute = keyof typeof CALLS;

export function isCallRoute(route: RouteName): route is CallRoute {
  return Object.hasOwn(CALLS, route);
}
