import { ApolloServer, HeaderMap } from '@apollo/server';
import { ATTACKS, countingSchema } from '../../../graphql/api/query-limits/abuse.fixture.ts';
import { LIMITED_SERVER, queryLimitsPlugin } from '../../../graphql/api/query-limits/plugin.ts';

/**
 * How long each document that must be refused keeps the process from everything else: in milliseconds of CPU, from the
 * parsed body to the answer.
 * @returns a sentence for the docs
 * @throws Error when one of them is not refused, or reaches a resolver
 */
export async function measureAttacks(runs: number): Promise<string> {
  const { schema, calls } = countingSchema();
  const charge = async () => ({ admitted: true, left: 1 }) as const;
  const server = new ApolloServer({
    schema,
    introspection: true,
    ...LIMITED_SERVER,
    plugins: [queryLimitsPlugin({ mayIntrospect: () => false, charge })],
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  await server.start();
  const headers = new HeaderMap([['content-type', 'application/json']]);
  const found: { readonly name: string; readonly slowest: number; readonly median: number }[] = [];
  for (const [name, body] of ATTACKS) {
    const times: number[] = [];
    for (let n = 0; n < runs; n++) {
      const before = process.cpuUsage();
      const request = { method: 'POST', headers, search: '', body };
      const { status } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: request,
        context: async () => ({}),
      });
      const { user, system } = process.cpuUsage(before);
      if (status !== 400 || calls() > 0) throw new Error(`${name} is not refused`);
      times.push((user + system) / 1_000);
    }
    times.sort((a, b) => a - b);
    found.push({ name, slowest: times.at(-1) ?? 0, median: times[Math.floor(times.length / 2)] ?? 0 });
  }
  await server.stop();
  const [worst] = found.toSorted((a, b) => b.slowest - a.slowest);
  const median = Math.max(...found.map((one) => one.median));
  return (
    `What must be refused (${found.length} documents: aliases, depth, pages of pages, fragments, introspection, a megabyte ` +
    `of text), ${runs} times each: at most ${median.toFixed(1)} ms of CPU in the median, ${worst?.slowest.toFixed(1)} ms at the ` +
    `worst (${worst?.name}). No resolver ran.`
  );
}
