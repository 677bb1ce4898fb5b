import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorker } from '../worker.ts';
import { measureExtract } from './extract.ts';
import type { FillAsk, FilledLake } from './fill-lake.ts';
import { billingReport } from './report.ts';
import type { RunDayAsk, RunDayReply } from './run-day.ts';

/** Any: the calls are made for it. */
const DAY = '2026-11-22';
const THROUGH = '2026-11-24';

/**
 * Fills a lake with a day of so many records, runs the steps that read it in a process of their own, and removes it.
 * @param circumstances told when all is measured: the machine
 * @returns the tables for the docs
 * @throws Error when the run does not find what was put there
 */
export async function measureBilling(
  records: number,
  circumstances: () => string,
  tell: (line: string) => void,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-runner-lake-'));
  try {
    const made = await fill(folder, records);
    tell(`billing: ${records} records, ${(made.bytes / 1e9).toFixed(2)} GB in files`);
    const worker = await startWorker<RunDayAsk, RunDayReply>('billing/run-day.ts');
    const run = await worker.ask({ folder, day: DAY, through: THROUGH });
    await worker.stop();
    const found = [run.requests, BigInt(run.writtenAgain), BigInt(run.missing), BigInt(run.drifting)];
    const expected = [BigInt(records), BigInt(made.lost), 0n, 0n];
    if (found.join() !== expected.join()) {
      throw new Error(`a run must find (counted, written again, missing, drifting) ${expected}: it found ${found}`);
    }
    tell(`billing: ${run.seconds.toFixed(1)} s`);
    const extract = await measureExtract(Math.min(records, MOST_EXTRACTED), tell);
    return billingReport({ made, run, extract, circumstances: circumstances() });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By one process for each core: it takes longer than the run. */
async function fill(folder: string, records: number): Promise<FilledLake> {
  const every = availableParallelism();
  const parts = Array.from({ length: every }, async (_, first) => {
    const worker = await startWorker<FillAsk, FilledLake>('billing/fill-lake.ts');
    const made = await worker.ask({ folder, day: DAY, records, part: { first, every } });
    await worker.stop();
    return made;
  });
  const sum = (one: FilledLake, other: FilledLake): FilledLake => ({
    records: one.records + other.records,
    lost: one.lost + other.lost,
    doubled: one.doubled + other.doubled,
    bytes: one.bytes + other.bytes,
  });
  return (await Promise.all(parts)).reduce(sum);
}

/** DynamoDB Local holds them in memory, and they say as much as five million would. */
const MOST_EXTRACTED = 20_000;
