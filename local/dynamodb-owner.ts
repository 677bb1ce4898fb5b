import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Whether this process lives and is a DynamoDB Local: a pid left by `kill -9` may be somebody else's by now. */
export function isDynamoDbLocal(pid: number): boolean {
  return Number.isInteger(pid) && pid > 1 && commandLine(pid).includes('DynamoDBLocal.jar');
}

/** Empty when there is no such process. A bare Linux has no `ps`; macOS has no `/proc`. */
function commandLine(pid: number): string {
  if (!existsSync('/proc/self')) {
    return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
