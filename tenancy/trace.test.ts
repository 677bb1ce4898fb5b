import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTenantId } from './tenant.ts';
import { joinTrace, type TraceHeaders, traceHeaders } from './trace.ts';

const REQUEST = '019a9e3c-7a10-7c3e-8f21-0123456789ab';
const OWN = { traceId: '019a9e3c7a107c3e8f210123456789ab', parentId: '8f210123456789ab', sampled: false };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const PARENT = `00-${TRACE}-${SPAN}-01`;
const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793';
const acme = parseTenantId('acme') ?? expect.fail();

const join = (headers: TraceHeaders) => joinTrace(headers, REQUEST);

test('a well-formed traceparent is the trace, with its state', () => {
  expect(join({ traceparent: PARENT })).toEqual({ traceId: TRACE, parentId: SPAN, sampled: true });
  expect(join({ traceparent: PARENT, tracestate: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE' })).toMatchObject({
    state: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
  });
  expect(join({ traceparent: `00-${TRACE}-${SPAN}-00` }).sampled).toBe(false);
  expect(join({ traceparent: `00-${TRACE}-${SPAN}-03` }).sampled).toBe(true);
  expect(join({ traceparent: `cc-${TRACE}-${SPAN}-01-what-the-future-holds` }).traceId).toBe(TRACE);
});

test.each([
  ['nothing', ''],
  ['version ff', `ff-${TRACE}-${SPAN}-01`],
  ['upper case', PARENT.toUpperCase()],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['more than version 00 has', `${PARENT}-more`],
  ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
  ['two in one value', `${PARENT}, ${PARENT}`],
  ['a line of its own', `${PARENT}\n{"forged":true}`],
])('a traceparent with %s is none: the trace begins with the request', (_, traceparent) => {
  expect(join({ traceparent, tracestate: 'rojo=1' })).toEqual(OWN);
});

test.each([
  ['a member without a value', 'rojo'],
  ['a key in upper case', 'Rojo=1'],
  ['over 512 characters', ['a', 'b', 'c'].map((key) => `${key}=${'x'.repeat(200)}`).join(',')],
  ['a value over 256 characters', `a=${'x'.repeat(257)}`],
  ['33 members', Array.from({ length: 33 }, (_, n) => `k${n}=1`).join(',')],
  ['a line end', 'rojo=1\ncongo=2'],
])('a tracestate with %s stays behind, the trace does not', (_, tracestate) => {
  expect(join({ traceparent: PARENT, tracestate })).toEqual({ traceId: TRACE, parentId: SPAN, sampled: true });
});

test("X-Ray's header is the trace where there is no traceparent", () => {
  const traceId = '5759e988bd862e3fe1be46a994272793';
  expect(join({ 'x-amzn-trace-id': `${ROOT};Parent=53995c3f42cd8ad8;Sampled=1` })).toEqual({
    traceId,
    parentId: '53995c3f42cd8ad8',
    sampled: true,
  });
  expect(join({ 'x-amzn-trace-id': `Self=1-67891233-abcdef012345678912345678; ${ROOT};CalledFrom=app` })).toEqual({
    ...OWN,
    traceId,
  });
  expect(join({ traceparent: PARENT, 'x-amzn-trace-id': ROOT }).traceId).toBe(TRACE);
  expect(join({ traceparent: 'junk', 'x-amzn-trace-id': ROOT }).traceId).toBe(traceId);
});

test.each([
  'Parent=53995c3f42cd8ad8',
  'Root=2-5759e988-bd862e3fe1be46a994272793',
  `Root=1-00000000-${'0'.repeat(24)}`,
  'Root=1-5759e988-bd862e3fe1be46a99427279g',
  `${ROOT};${'x'.repeat(600)}`,
])('an X-Amzn-Trace-Id that names no trace is none: %s', (text) => {
  expect(join({ 'x-amzn-trace-id': text })).toEqual(OWN);
});

test('a trace goes on in both spellings, with the tenant as its only baggage', () => {
  expect(traceHeaders(join({ traceparent: PARENT, tracestate: 'rojo=1' }), acme)).toEqual({
    traceparent: PARENT,
    tracestate: 'rojo=1',
    'x-amzn-trace-id': `Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=${SPAN};Sampled=1`,
    baggage: 'tenant_id=acme',
  });
});

test('whatever a caller sends, the next hop reads the same trace, and nothing else of it', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(PARENT, ROOT, `${ROOT};Parent=${SPAN}`, 'rojo=1', `00-${TRACE}-${SPAN}-ff`),
  );
  fc.assert(
    fc.property(text, text, text, (traceparent, tracestate, amzn) => {
      const trace = join({ traceparent, tracestate, 'x-amzn-trace-id': amzn });
      expect(trace.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
      expect(trace.parentId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
      const onward = traceHeaders(trace, acme);
      expect(joinTrace(onward, 'f'.repeat(32))).toEqual(trace);
      const { traceparent: _, tracestate: __, ...onlyAmzn } = onward;
      expect(joinTrace(onlyAmzn, 'f'.repeat(32))).toEqual({ ...trace, state: undefined });
    }),
  );
});
