import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as until } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cli, installCli } from '../../cli/cli.fixture.ts';
import { type Browsable, browsable } from '../../local/issuer/issuer-fixture.ts';
import { type RunningPlatform, startPlatform } from '../start-platform.ts';
import { startClaude } from './claude.ts';

/** So short that a session sees the end of several tokens. */
const TOKEN_SECONDS = 30;

let platform: RunningPlatform;
let issuer: Browsable;
let cli: Cli;
beforeAll(async () => {
  platform = await startPlatform({ TOKEN_SECONDS: String(TOKEN_SECONDS) });
  issuer = browsable(platform.json.issuer.ca, new URL(platform.json.issuer.url).origin);
});
afterAll(() => platform?.stop());
beforeEach(() => {
  cli = installCli(platform.json.cli);
  mkdirSync(cli.home);
});
afterEach(() => cli.stop());

async function connect() {
  const { baseUrl, developer } = platform.json.tenants.acme;
  const run = await cli.runSigningIn(issuer, ['connect', baseUrl, '--ca', platform.json.issuer.ca], {
    person: developer,
  });
  expect(run.code, run.stderr).toBe(0);
}
const settingsPath = () => join(cli.home, '.claude', 'settings.json');
const settings = () => JSON.parse(readFileSync(settingsPath(), 'utf8'));
const expired = () => readFileSync(platform.json.logs, 'utf8').split('"kind":"credential_expired"').length - 1;

/** What it tells of requests that it makes again. */
const retries = (lines: readonly string[]) => lines.filter((line) => line.includes('"api_retry"'));

/** A session of the real Claude Code that is spoken to turn by turn. */
function converse() {
  let answered: (line: string) => void = () => {};
  const args = ['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];
  const lines: string[] = [];
  const { child, done } = startClaude(cli.home, args, { AGENT_RUNNER_HOME: cli.store }, (line) => {
    lines.push(line);
    if (line.includes('"type":"result"')) answered(line);
  });
  return {
    lines,
    say: (content: string) =>
      new Promise<{ is_error: boolean; result: string }>((answer) => {
        answered = (line) => answer(JSON.parse(line));
        child.stdin?.write(`${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n`);
      }),
    end: () => {
      child.stdin?.end();
      return done;
    },
  };
}

/** The gateway looks at the true time: so does who waits for the end of a token. */
const pastItsEnd = () => until((TOKEN_SECONDS + 2) * 1000);

describe('Claude Code with the sign-in of a person', () => {
  it('is connected, answers, and is as before when it is disconnected', async () => {
    await connect();
    const { child, done } = startClaude(cli.home, ['-p', 'hello from a person'], { AGENT_RUNNER_HOME: cli.store });
    child.stdin?.end();
    const { code, stdout, stderr } = await done;
    expect(code, stderr + stdout).toBe(0);
    expect(stdout).toContain('hello from a person');
    const [standing] = JSON.parse((await cli.run(['status', '--json'])).stdout);
    expect(standing).toMatchObject({ claudeCode: ['user'], answers: true, says: expect.stringContaining('acme') });
    const undone = await cli.run(['connect', '--undo']);
    expect(undone.code, undone.stderr).toBe(0);
  });

  it('goes on past the end of a token, and in a session that is used none that has ended is sent', async () => {
    await connect();
    const ttl = Number(settings().env.CLAUDE_CODE_API_KEY_HELPER_TTL_MS);
    expect(ttl).toBe((TOKEN_SECONDS / 4) * 1000);
    const before = expired();
    const began = Date.now();
    const session = converse();
    for (let turn = 1; Date.now() < began + 1.5 * TOKEN_SECONDS * 1000; turn++) {
      expect(await session.say(`turn ${turn}`)).toMatchObject({
        is_error: false,
        result: expect.stringContaining(`turn ${turn}`),
      });
      await until(ttl + 500);
    }
    await session.end();
    expect(retries(session.lines)).toEqual([]);
    expect(expired() - before).toBe(0);
  });

  // It prefers an old token at once to a new one in a moment, and so sends one that has ended after a pause.
  it.each([
    ['as it is written', undefined],
    ['so long that it never asks by itself', '3600000'],
  ])(
    'goes on after a pause longer than a token lives, by one 401 that nobody sees: time to keep %s',
    async (_, ttl) => {
      await connect();
      const kept = settings();
      if (ttl !== undefined) kept.env.CLAUDE_CODE_API_KEY_HELPER_TTL_MS = ttl;
      writeFileSync(settingsPath(), JSON.stringify(kept));
      const before = expired();
      const session = converse();
      expect(await session.say('the first turn')).toMatchObject({ is_error: false });
      await pastItsEnd();
      expect(await session.say('the second turn')).toMatchObject({
        is_error: false,
        result: expect.stringContaining('second'),
      });
      await session.end();
      expect(retries(session.lines)).toEqual([]);
      expect(expired() - before).toBe(1);
    },
  );

  it('says what to do when the sign-in is over and there is no browser', async () => {
    await connect();
    await cli.run(['logout', 'acme']);
    const { child, done } = startClaude(cli.home, ['-p', 'hello'], { AGENT_RUNNER_HOME: cli.store });
    child.stdin?.end();
    const { code, stdout, stderr } = await done;
    expect(code).not.toBe(0);
    expect(stderr + stdout).toContain(`agent-runner login ${platform.json.tenants.acme.baseUrl}`);
  });
});
