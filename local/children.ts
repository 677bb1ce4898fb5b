import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/**
 * The watcher outlives us by a moment: its stdin ends when this process does, however it ends (kill -9 included),
 * and then it kills every process group still on its list. SIGKILL, because a frozen process acts on nothing else.
 * It ignores what a terminal sends, so that Ctrl-C cannot take the watcher before those it watches.
 */
const WATCH = `
trap '' INT TERM HUP
pids=' '
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) pids="$pids$pid " ;;
    -*) case $pids in *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;; esac ;;
  esac
done
for pid in $pids; do kill -9 "-$pid" 2>/dev/null; done
`;

const children = new Set<ChildProcess>();
let watcher: ChildProcess | undefined;

/**
 * Starts a child that cannot outlive this process. It leads a process group of its own, so that a terminal's Ctrl-C
 * reaches only this process, which then decides what to stop and in which order.
 * As with `spawn`, a command that cannot be started reports it by the child's `error` event.
 */
export function startChild(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  watch();
  const child = spawn(command, [...args], { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  children.add(child);
  tell(`+${pid}`);
  child.once('exit', () => {
    children.delete(child);
    tell(`-${pid}`);
  });
  return child;
}

/** Ends one child and its process group: SIGTERM first when `graceMs` is given, SIGKILL after it. Resolves at its exit. */
export async function stopChild(child: ChildProcess, graceMs = 0): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let timer: NodeJS.Timeout | undefined;
  if (graceMs > 0) {
    signalGroup(child, 'SIGTERM');
    // A stopped process would take the SIGTERM only when it is continued.
    signalGroup(child, 'SIGCONT');
    timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  } else {
    signalGroup(child, 'SIGKILL');
  }
  await exited;
  clearTimeout(timer);
}

/** Ends every child that `startChild` started and waits until all have gone. */
export async function stopChildren(graceMs = 2_000): Promise<void> {
  await Promise.all([...children].map((child) => stopChild(child, graceMs)));
}

/** Signals a child and everything it started. A group that has gone already is not an error. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function watch(): void {
  if (watcher !== undefined) return;
  const started = spawn('sh', ['-c', WATCH], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher = started;
  // Neither the watcher nor the pipe to it may keep this process alive.
  started.unref();
  (started.stdin as unknown as { unref(): void }).unref();
  started.stdin?.on('error', () => {});
  started.once('exit', () => {
    watcher = undefined;
    // Somebody ended the watcher; whoever still runs needs a new one.
    if (children.size > 0) watch();
  });
  for (const child of children) tell(`+${child.pid}`);
}

function tell(line: string): void {
  watcher?.stdin?.write(`${line}\n`);
}
