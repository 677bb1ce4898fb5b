import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, inject, it } from 'vitest';
import { mintRequestId } from '../tenancy/request-id.ts';
import { connectTo, REPOSITORY, runToEnd, settingsOf } from './run-script.ts';

const platform = inject('platform');
const page = readFileSync(join(REPOSITORY, 'docs/automation.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
const settings = {
  ...settingsOf(platform, platform.graphql.loopbackUrl),
  CURL_CA_BUNDLE: platform.issuer.ca,
};

it('the script in TypeScript runs as the page shows it', async () => {
  const [script = ''] = blocks('ts');
  expect(script.trim().split('\n').length).toBeLessThanOrEqual(10);
  const { code, out, err } = await runToEnd(
    process.execPath,
    ['--input-type=module-typescript', '--eval', script],
    settings,
  );
  expect([code, out, err]).toEqual([0, expect.stringMatching(/^acme \S/m), '']);
});

it('the lines for curl run as the page shows them, also with the settings as it exports them', async () => {
  const [, exports = '', curl = ''] = blocks('sh');
  const own = await runToEnd('sh', ['-ec', curl], settings);
  expect(JSON.parse(own.out)).toMatchObject({
    data: { tenants: { nodes: expect.arrayContaining([{ slug: 'globex', tier: 'STANDARD', status: 'ACTIVE' }]) } },
  });
  const LOCAL_DATA = join(platform.lake, '..');
  const { out, err } = await runToEnd('sh', ['-ec', `${exports}${curl}`], {
    LOCAL_DATA,
    PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`,
  });
  expect([JSON.parse(out), err]).toMatchObject([{ data: { tenants: { nodes: expect.any(Array) } } }, '']);
});

describe('each ready query is right by the schema, and answered', () => {
  const schema = buildSchema(readFileSync(join(REPOSITORY, 'schema.graphql'), 'utf8'));
  const client = connectTo(platform);
  const today = new Date().toISOString();
  const variables = {
    slug: 'acme',
    from: `${today.slice(0, 7)}-01`,
    to: new Date(Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)), 0)).toISOString().slice(0, 10),
    requestId: mintRequestId(Date.now(), new Uint8Array(10)),
  };

  it.each(blocks('graphql').map((text) => [/(?:query|mutation) (\w+)/.exec(text)?.[1] ?? '', text]))(
    '%s',
    async (name, text) => {
      expect(validate(schema, parse(text))).toEqual([]);
      if (name === 'MakeClient') return;
      const needed = { ...variables, ...(name === 'ChangesSince' ? { from: today } : {}) };
      const answer = await client.ask<Record<string, unknown>>(text, needed);
      expect(Object.values(answer)).not.toContain(null);
    },
  );
});
