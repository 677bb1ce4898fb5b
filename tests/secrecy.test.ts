import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { ask, JSON_BODY, messages } from './ask.ts';
import { inLake } from './books.ts';
import { edgeSecret } from './secrets.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;

/** A word that nothing else on this machine says. */
const SECRET_WORD = 'heliotrope-7f3a';
const EVENT_MARK = '{"_aws":{"forged":true}}';

it('writes no prompt, completion, key, token or passport into any log, whatever goes wrong', async () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}, path = '/v1/messages') =>
    ask(`${acme.loopbackUrl}${path}`, { headers: { ...JSON_BODY, 'x-api-key': acme.apiKey, ...headers }, body });
  const said = `${SECRET_WORD} ${EVENT_MARK}\n${EVENT_MARK}\n`;
  const prompts = ['', '[[break]]', '[[throttle]]', '[[unavailable]]', '[[fail:AccessDeniedException]]', '[[reset]]'];
  for (const magic of prompts) {
    // A model of its own: what was throttled is shared out for a while, and other journeys would meet that.
    const model = 'claude-sonnet-4-6';
    await post(messages(`${said} ${magic}`, { model }));
    await post(messages(`${said} ${magic}`, { model, stream: true, system: said })).catch(() => {});
  }
  const replies = [
    await post(`{"model":"claude-sonnet-5-5","${SECRET_WORD}":`),
    await post(messages(said, { model: 'claude-sonnet-5-5', [SECRET_WORD]: 1 })),
    await post(messages(said, { anthropic_beta: [SECRET_WORD] })),
    await post(messages(said), { 'x-api-key': globex.apiKey }),
    await post(messages(said), { 'x-api-key': `${acme.apiKey}x` }),
    await post(messages(said), { 'x-api-key': '', authorization: `Bearer ${acme.accessToken}` }),
    await post(messages(said), { 'x-api-key': '', authorization: `Bearer ${acme.accessToken}x` }),
    await post(messages(said), {}, `/v1/messages?api_key=${acme.apiKey}&q=${SECRET_WORD}`),
    await post(messages(said), { 'x-ar-passport': SECRET_WORD, 'x-claude-code-session-id': SECRET_WORD }),
    await post(messages(said), {}, `/v1/${SECRET_WORD}?${SECRET_WORD}`),
  ];
  // The records are in the lake once the function's lines have been read: from then on the log holds them too.
  const served = replies.find((reply) => reply.status === 200);
  expect(await inLake(platform, served?.headers['request-id'] ?? '')).toHaveLength(1);

  const folder = dirname(platform.logs);
  const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const all = logs.join('\n');
  expect(all.split('\n').length, 'nothing was logged, so nothing was proved').toBeGreaterThan(20);
  const secrets = edgeSecret(platform);
  const forbidden: Record<string, string> = {
    'API key': acme.apiKey,
    'foreign API key': globex.apiKey,
    'access token': acme.accessToken.split('.')[1] ?? '',
    'token signature': acme.accessToken.split('.')[2] ?? '',
    'passport key id': `${secrets.passport.kid}.`,
    'MAC key': secrets.macKeys['1'] ?? '',
    'forged metric line': '"forged"',
  };
  for (const [what, text] of Object.entries(forbidden)) expect(all.includes(text), what).toBe(false);
  expect(all, 'something that looks like one of our keys').not.toMatch(/ark1_[a-z0-9-]+_[0-9A-Za-z]{10}_/);
  // The session id is a client's own word and is meant to be in the record; the prompt's word stands nowhere else.
  const withoutSessions = all.replaceAll(`"session_id":"${SECRET_WORD}"`, '');
  expect(withoutSessions.includes(SECRET_WORD), 'prompt').toBe(false);
});
