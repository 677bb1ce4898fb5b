import { describe, expect, it } from 'vitest';
import { readInvokeBody } from './body.ts';
import { converseContent } from './converse-body.ts';
import { request } from './serve.fixture.ts';

const METADATA = { tenant_id: 'acme', request_id: 'req_1' };
const FIRST = `"requestMetadata":${JSON.stringify(METADATA)}`;
const LONG = 'context-1m-2025-08-07';
const MESSAGES = '"messages" : [{"role":"user","content":[{"text":"h\\u00e4"}]}]';

function written(body: string, beta: string | null = LONG): string {
  const read = readInvokeBody(request(undefined, body));
  if (!read.ok) throw new Error(JSON.stringify(read.reason));
  const content = converseContent(read.value, METADATA, beta);
  return content.ok ? content.value.first.body.toString() : JSON.stringify(content.reason);
}
const within = (fields: string): string => `{${FIRST},"additionalModelRequestFields": ${fields},${MESSAGES}}`;
const asked = (fields: string): string => written(`{"additionalModelRequestFields": ${fields},${MESSAGES}}`);

describe('the beta that a name with [1m] asks for, in Converse', () => {
  it('is the only field for the model, where the client has none', () => {
    expect(written(`{${MESSAGES}}`)).toBe(
      `{${FIRST},"additionalModelRequestFields":{"anthropic_beta":["${LONG}"]},${MESSAGES}}`,
    );
  });

  it.each([
    ['{}', `{"anthropic_beta":["${LONG}"]}`],
    ['{ "top_k" : 5, "x":"ä" }', `{"anthropic_beta":["${LONG}"],"top_k" : 5, "x":"ä"}`],
    ['{"top_k":5,"anthropic_beta" : [ ]}', `{"top_k":5,"anthropic_beta" : ["${LONG}"]}`],
    ['{"anthropic_beta":[ "ä", "b" ],"top_k":5}', `{"anthropic_beta":["${LONG}", "ä", "b" ],"top_k":5}`],
    [`{"anthropic_beta":["b","${LONG}"] }`, `{"anthropic_beta":["b","${LONG}"] }`],
  ])('stands beside what the client put into %s', (fields, expected) => {
    expect(asked(fields)).toBe(within(expected));
  });

  it.each([
    ['null', 'additionalModelRequestFields: Input should be an object'],
    ['[{"anthropic_beta":[]}]', 'additionalModelRequestFields: Input should be an object'],
    ['{"anthropic_beta":"b"}', 'additionalModelRequestFields.anthropic_beta: Input should be a valid list of strings'],
    ['{"anthropic_beta":[],"anthropic_beta":[]}', 'stands twice'],
    ['{"anthropic\\u005fbeta":[]}', 'is written with an escape'],
  ])('has no place in %s', (fields, what) => {
    expect(asked(fields)).toContain(what);
  });

  it('is nothing where the name does not ask, and the fields are not looked into', () => {
    for (const fields of ['null', '{"anthropic_beta":"b"}', '{"anthropic_beta":["b"]}']) {
      const body = `{"additionalModelRequestFields": ${fields},${MESSAGES}}`;
      expect(written(body, null)).toBe(within(fields));
    }
  });
});
