import { spawnSync } from 'node:child_process';

/** Whether this process lives and is a DynamoDB Local: a pid left by `kill -9` may be somebody else's by now. */
export function isDynamoDbLocal(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  const { status, stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.includes('DynamoDBLocal.jar');
}
