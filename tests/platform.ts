import type { TestProject } from 'vitest/node';
import { type PlatformJson, type RunningPlatform, startPlatform } from './start-platform.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    platform: PlatformJson;
  }
}

let running: RunningPlatform | undefined;

/** One platform for all journeys of a run, found with `inject('platform')`. */
export async function setup(project: TestProject): Promise<void> {
  running = await startPlatform();
  project.provide('platform', running.json);
}

export async function teardown(): Promise<void> {
  await running?.stop();
}
