import { parseArgs } from 'node:util';
import { watchMachine } from '../bench/machine.ts';
import { writeIntoDocs } from '../bench/marks.ts';
import { startPlatform } from '../start-platform.ts';
import { openDoor } from './door.ts';
import { measureFairness } from './fairness.ts';
import { measureHotTenant } from './hot-tenant.ts';
import { measureImport } from './import.ts';
import { fairnessReport, hotTenantReport, importReport } from './report.ts';

const USAGE = `usage: npm run load -- fairness | hot-tenant | import [--write] [--streams N] [--seconds N] [--profile FOLDER]

  fairness          one tenant offers ten times what another offers, and the quota is not enough
  hot-tenant        one tenant's many streams, another's small requests
  import            a script makes a thousand tenants, another tenant's small requests
  --write           put the table into docs/fairness.md, that of import into docs/performance.md
  --quota N         requests a second that the quota lets through (3)
  --streams N       of the hot tenant (500)
  --seconds N       how long is measured (60, 30, 30 alone)
  --tenants N       that are imported (1000)
  --per-minute N    so many of them a minute (30, as the script does)
  --profile FOLDER  write a V8 CPU profile of each process of the platform`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    quota: { type: 'string', default: '3' },
    streams: { type: 'string', default: '500' },
    seconds: { type: 'string' },
    tenants: { type: 'string', default: '1000' },
    'per-minute': { type: 'string', default: '30' },
    profile: { type: 'string' },
  },
});
const [what] = positionals;
if (what !== 'fairness' && what !== 'hot-tenant' && what !== 'import') {
  console.error(USAGE);
  process.exit(2);
}

const where = watchMachine();
const tell = (line: string) => console.error(line);
const profiling = flags.profile ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${flags.profile}` } : {};
const platform = await startPlatform({ LAMBDA_MODE: 'shared', ...profiling });
const door = openDoor(platform.json);
try {
  const report = await reportOf(what);
  console.log(report);
  if (flags.write) writeIntoDocs(what === 'import' ? 'performance.md' : 'fairness.md', what, report);
} finally {
  door.close();
  await platform.stop();
}

async function reportOf(measured: 'fairness' | 'hot-tenant' | 'import'): Promise<string> {
  const seconds = Number(flags.seconds ?? (measured === 'fairness' ? 60 : 30));
  switch (measured) {
    case 'fairness': {
      const quota = Number(flags.quota);
      const plan = { quota, offered: quota * 0.4, settleSeconds: 30, seconds };
      return fairnessReport(await measureFairness(door, plan, tell), where());
    }
    case 'hot-tenant': {
      const plan = { streams: Number(flags.streams), seconds };
      return hotTenantReport(await measureHotTenant(platform, door, plan, tell), where());
    }
    case 'import': {
      const plan = { tenants: Number(flags.tenants), perMinute: Number(flags['per-minute']), seconds };
      return importReport(await measureImport(platform, door, plan, tell), where());
    }
  }
}
