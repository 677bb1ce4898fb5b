import dns from 'node:dns/promises';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stopChildren } from './children.ts';
import { Instance } from './instance.ts';
import { type Platform, startPlatform } from './platform.ts';
import { Progress } from './progress.ts';
import { type Lookup, type ReadySignIn, type ReadyTenant, readyText, strayNames } from './ready.ts';
import type { Seed } from './seed.ts';
import { readSettings, StartError, USAGE } from './settings.ts';

const REPOSITORY = resolve(import.meta.dirname, '..');
const say = (text: string) => void process.stdout.write(text);

/** `npm start`: the platform on this machine, until Ctrl-C. Exit code 0 after an asked-for stop, 1 after a failed start. */
async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2), process.env, REPOSITORY);
  if (settings === 'help') {
    say(`${USAGE}\n`);
    return 0;
  }
  const asked = stopAsked();
  const instance = new Instance(settings.folder, process.pid, settings);
  const progress = new Progress(say, () => performance.now());
  say('agent-runner: starting the platform on this machine\n\n');
  try {
    const starting = startPlatform(settings, instance, REPOSITORY, progress);
    const platform = await Promise.race([starting, asked.then(() => undefined)]);
    if (!platform) return 0;
    instance.announce(platform.json);
    say(await ready(platform, progress.total(), instance.file('platform.json')));
    process.send?.('ready');
    const died = await Promise.race([asked.then(() => undefined), platform.died]);
    instance.release();
    if (died) throw new StartError(died.message);
    say('\nagent-runner: stopping\n');
    await platform.close();
    return 0;
  } finally {
    instance.release();
    await stopChildren();
  }
}

/** Resolves at the first Ctrl-C or TERM; a second one does not wait. */
function stopAsked(): Promise<void> {
  return new Promise((done) => {
    let times = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        times += 1;
        if (times > 1) process.exit(130);
        done();
      });
    }
  });
}

/** A resolver that cannot reach its server thinks for many seconds; an answer so late counts as none. */
const lookup: Lookup = (hostname) =>
  Promise.race([dns.lookup(hostname, { all: true }), setTimeout(1_000, [], { ref: false })]);

/** What is said when all is ready. */
async function ready({ json, seed }: Platform, total: string, forScripts: string): Promise<string> {
  const { tenants, cli, issuer } = json as {
    readonly tenants: Record<keyof Seed['tenants'], ReadyTenant>;
    readonly cli: string;
    readonly issuer: { readonly ca: string };
  };
  const { acme, globex, initech } = tenants;
  const { username, password } = acme.developer;
  const { login, password: word } = seed.okta.users.member;
  const signIns: readonly ReadySignIn[] = [
    { ...acme, as: username, password, of: "acme, at the platform's own issuer" },
    { ...initech, as: login, password: word, of: "initech, at that company's own identity provider, an Okta" },
  ];
  const stray = await strayNames(
    [acme, globex, initech].map(({ baseUrl }) => new URL(baseUrl).hostname),
    lookup,
  );
  return readyText([acme, globex], signIns, { cli, ca: issuer.ca }, stray, total, forScripts);
}

main().then(
  (code) => process.exit(code),
  (error) => {
    const line = error instanceof StartError || (error instanceof Error && !isBug(error)) ? error.message : error;
    console.error('agent-runner:', line);
    process.exit(1);
  },
);

/** What a person can do nothing about keeps its stack. */
function isBug(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}
