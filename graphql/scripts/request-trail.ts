import { isRequestId } from '../../tenancy/request-id.ts';
import { no, ok } from '../../tenancy/result.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { Client } from './client.ts';
import {
  OwnTenant,
  PlatformTrail,
  RequestOfAnyTenant,
  RequestOfTenant,
  TenantTrail,
  type WholeRequestFragment,
} from './documents.ts';
import { pages } from './pages.ts';
import { defineScript, type Tools } from './script.ts';

const NAME = 'request-trail';
/** Tenants that are asked at once: each costs 5 points, and a document may cost 5,000. */
const AT_ONCE = 100;
const AUDIT_PAGE = 100;
/** A change of the control plane is noted in the trail within this of the moment that its request's id tells. */
const NOTED_WITHIN_MS = 60_000;

export const requestTrail = defineScript({
  name: NAME,
  summary: 'Tells everything that is known of one request id: a call to a model, or a change by the API.',
  words: 'REQUEST_ID [--tenant SLUG]',
  about: `  REQUEST_ID        what the answer's header request-id said
  --tenant SLUG     whose request it was; without it every tenant is asked, a hundred at a time

  Of a call to a model: who called, with which key, what it held, how it ended, tokens and cost by class, Bedrock's own id;
  and once its day is billed, the lines that it is counted in, its own part of each, the month, and the invoice.
  Of a change by the API: the entries of the audit trail.`,
  examples: [
    `${NAME} 019ab2c0-7d1e-7a3b-8c55-0123456789ab --tenant acme`,
    `${NAME} 019ab2c0-7d1e-7a3b-8c55-0123456789ab --json`,
  ],
  options: { tenant: { type: 'string' } },
  read({ values, positionals }) {
    const [id, ...more] = positionals;
    if (id === undefined || more.length > 0) return no('name one request id');
    if (!isRequestId(id)) return no(`${JSON.stringify(id)} is no request id`);
    if (values.tenant !== undefined && !parseTenantId(values.tenant))
      return no(`--tenant: ${JSON.stringify(values.tenant)} is no tenant's slug`);
    return ok((tools) => tell(id, values.tenant, tools));
  },
});

async function tell(id: string, named: string | undefined, { client, report, json }: Tools): Promise<void> {
  const slug = named ?? (await ownTenant(client)) ?? (await findTenant(client, id, report));
  const found = slug === undefined ? null : (await client.ask(RequestOfTenant, { slug, id })).tenant?.request;
  const events = await eventsOf(client, id, slug);
  if (!found && events.length === 0) {
    const where = slug === undefined ? 'any tenant' : `tenant ${slug}`;
    return report.tell({
      subject: id,
      outcome: 'failed',
      what: `nothing is known of it in ${where}; calls that were refused before they were admitted leave no trace here`,
    });
  }
  const whole = { requestId: id, tenant: slug ?? null, modelRequest: found ?? null, auditEvents: events };
  report.print(json ? `${JSON.stringify(whole)}\n` : `${linesOf(whole).join('\n')}\n`);
}

/** Null of the platform's own clients, which belong to no tenant. */
async function ownTenant(client: Client): Promise<string | undefined> {
  return (await client.ask(OwnTenant, {})).viewer.tenant?.slug;
}

async function findTenant(client: Client, id: string, report: Tools['report']): Promise<string | undefined> {
  let asked = 0;
  const all = pages(async (after) => (await client.ask(RequestOfAnyTenant, { id, first: AT_ONCE, after })).tenants);
  for await (const { slug, request } of all) {
    if (request) return slug;
    asked += 1;
    report.progress(asked, null, 'tenants asked');
  }
  return undefined;
}

type Event = {
  readonly id: string;
  readonly requestId: string;
  readonly at: string;
  readonly action: string;
  readonly outcome: string;
};

/** Entries of the trail that the request left: looked for around the moment that its id tells. */
async function eventsOf(client: Client, id: string, slug: string | undefined): Promise<readonly Event[]> {
  const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  const filter = {
    from: new Date(at - NOTED_WITHIN_MS).toISOString(),
    to: new Date(at + NOTED_WITHIN_MS).toISOString(),
  };
  const trail = pages(async (after) => {
    if (slug === undefined)
      return (await client.ask(PlatformTrail, { first: AUDIT_PAGE, after, filter })).platformAuditEvents;
    return (await client.ask(TenantTrail, { slug, first: AUDIT_PAGE, after, filter })).tenant?.auditEvents;
  });
  const events: Event[] = [];
  for await (const { sealedText: _, sequence: __, hash: ___, ...event } of trail)
    if (event.requestId === id) events.push(event);
  return events;
}

type Whole = {
  readonly requestId: string;
  readonly tenant: string | null;
  readonly modelRequest: WholeRequestFragment | null;
  readonly auditEvents: readonly Event[];
};

/** One line for each thing that is known: `settlement.tokens.input  12`. */
function linesOf(whole: Whole): string[] {
  const lines: (readonly [string, string])[] = [];
  const walk = (name: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) {
      if (value.length > 0) lines.push([name, value.join(', ')]);
      return;
    }
    if (typeof value !== 'object') return void lines.push([name, String(value)]);
    for (const [key, one] of Object.entries(value)) walk(name ? `${name}.${key}` : key, one);
  };
  const { modelRequest, ...rest } = whole;
  walk('', { ...rest, ...modelRequest, id: undefined });
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value.replaceAll(/[\p{Cc}]+/gu, ' ')}`);
}
