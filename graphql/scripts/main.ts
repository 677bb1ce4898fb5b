import { setTimeout as sleep } from 'node:timers/promises';
import { ApiRefused } from './client.ts';
import { connect, NoSettings } from './connect.ts';
import { openReport } from './report.ts';
import { GaveUp } from './retry.ts';
import type { Script } from './script.ts';
import { SCRIPTS } from './scripts.ts';
import { SignInRefused } from './sign-in.ts';

const WRONG_USAGE = 2;

const USAGE = `usage: npm run script -- NAME [...]

${SCRIPTS.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`).join('\n')}

  npm run script -- NAME --help   says all of one, with examples; docs/automation.md says the rest`;

async function main(): Promise<number> {
  const [name = '--help', ...args] = process.argv.slice(2);
  if (name === '--help' || name === '-h') {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const script = SCRIPTS.find((one) => one.name === name);
  if (!script) return refuse('script', `there is no script ${JSON.stringify(name)}; see npm run script -- --help`);
  return run(script, args);
}

async function run({ name, help, read }: Script, args: readonly string[]): Promise<number> {
  const order = read(args);
  if (!order.ok) {
    const isList = order.reason.endsWith('\n');
    return refuse(
      name,
      `${order.reason}${isList ? '' : '; '}see npm run script -- ${name} --help`,
      args.includes('--json'),
    );
  }
  if (order.value === 'help') {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const { platform, ...rest } = order.value;
  const { report, end } = openReport(name, rest, {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true && !rest.json,
    now: Date.now,
  });
  try {
    const client = connect({
      env: process.env,
      now: Date.now,
      onRetry: (why) => report.note(`trying again: ${why}`),
      ...(platform === undefined ? {} : { platform }),
    });
    const { dryRun, json } = rest;
    await rest.run({ client, report, dryRun, json, now: Date.now, sleep: (ms) => sleep(ms) });
  } catch (error) {
    if (error instanceof NoSettings) return refuse(name, error.message, rest.json);
    // What was done before is told all the same: whoever runs it again wants to know.
    report.tell({ subject: '-', outcome: 'failed', what: whyFailed(error) });
  }
  return end();
}

/** A fault of the script's own keeps its stack. */
function whyFailed(error: unknown): string {
  if (error instanceof ApiRefused) return `the API refused it: ${error.message}${error.code ? ` (${error.code})` : ''}`;
  if (error instanceof GaveUp || error instanceof SignInRefused) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A program that asked for JSON gets it whatever happens. */
function refuse(name: string, why: string, json = false): number {
  process.stderr.write(`${name}: ${why}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ script: name, error: why.trim() })}\n`);
  return WRONG_USAGE;
}

// Not process.exit: what is still on its way into a pipe would be cut off. Open connections are kept from holding it.
process.exitCode = await main();
