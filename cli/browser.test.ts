import { describe, expect, it } from 'vitest';
import { browserCommand, openBrowser } from './browser.ts';
import { storeFolder } from './machine.ts';

describe('a browser', () => {
  it.each([
    ['linux', { DISPLAY: ':0' }, ['xdg-open']],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, ['xdg-open']],
    ['linux', {}, undefined],
    ['linux', { WSL_DISTRO_NAME: 'Debian' }, ['wslview']],
    ['darwin', {}, ['open']],
    ['win32', {}, ['rundll32', 'url.dll,FileProtocolHandler']],
    ['darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, undefined],
    ['linux', { SSH_TTY: '/dev/pts/1', DISPLAY: ':0', BROWSER: '/opt/browser' }, ['/opt/browser']],
  ] as const)('of %s with %j is opened by %j', (platform, env, command) => {
    expect(browserCommand({ platform, env })).toEqual(command);
  });

  it('that is not there is told', async () => {
    expect(await openBrowser({ platform: 'linux', env: { BROWSER: '/nowhere/browser' } }, 'https://a.example')).toBe(
      false,
    );
    expect(await openBrowser({ platform: 'linux', env: {} }, 'https://a.example')).toBe(false);
  });
});

it.each([
  ['linux', {}, '/home/a/.config/agent-runner'],
  ['darwin', { XDG_CONFIG_HOME: '/x' }, '/x/agent-runner'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/agent-runner'],
  ['linux', { AGENT_RUNNER_HOME: '/mine', XDG_CONFIG_HOME: '/x' }, '/mine'],
] as const)('what is stored is stored on %s with %j in %s', (platform, env, folder) => {
  expect(storeFolder({ platform, env, home: '/home/a' })).toBe(folder);
});
