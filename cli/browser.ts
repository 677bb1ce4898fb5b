import { spawn } from 'node:child_process';
import type { Machine } from './machine.ts';

/** What opens an address on this machine, or undefined when a browser here would not be the person's. */
export function browserCommand({ env, platform }: Pick<Machine, 'env' | 'platform'>): readonly string[] | undefined {
  if (env['BROWSER']) return [env['BROWSER']];
  if (env['SSH_CONNECTION'] || env['SSH_TTY']) return undefined;
  if (platform === 'darwin') return ['open'];
  // `start` belongs to a shell, to which an address with & is two commands.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  if (env['WSL_DISTRO_NAME']) return ['wslview'];
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : undefined;
}

/** Whether a program for it was started; what became of the page nobody tells. */
export function openBrowser(machine: Pick<Machine, 'env' | 'platform'>, url: string): Promise<boolean> {
  const [program, ...args] = browserCommand(machine) ?? [];
  if (program === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
