import { parseArgs } from 'node:util';
import { watchMachine } from '../bench/machine.ts';
import { writeIntoDocs } from '../bench/marks.ts';
import { startPlatform } from '../start-platform.ts';
import { openDoor } from './door.ts';
import { measureFairness } from './fairness.ts';
import { measureHotTenant } from './hot-tenant.ts';
import { fairnessReport, hotTenantReport } from './report.ts';

const USAGE = `usage: npm run load -- fairness | hot-tenant [--write] [--streams N] [--seconds N] [--profile FOLDER]

  fairness          one tenant offers ten times what another offers, and the quota is not enough
  hot-tenant        one tenant's many streams, another's small requests
  --write           put the table into docs/fairness.md
  --quota N         requests a second that the quota lets through (3)
  --streams N       of the hot tenant (500)
  --seconds N       how long is measured (60, 30)
  --profile FOLDER  write a V8 CPU profile of each process of the platform`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    quota: { type: 'string', default: '3' },
    streams: { type: 'string', default: '500' },
    seconds: { type: 'string' },
    profile: { type: 'string' },
  },
});
const [what] = positionals;
if (what !== 'fairness' && what !== 'hot-tenant') {
  console.error(USAGE);
  process.exit(2);
}

const where = watchMachine();
const tell = (line: string) => console.error(line);
const profiling = flags.profile ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${flags.profile}` } : {};
const platform = await startPlatform({ LAMBDA_MODE: 'shared', ...profiling });
const door = openDoor(platform.json);
try {
  const report =
    what === 'fairness'
      ? fairnessReport(
          await measureFairness(
            door,
            {
              quota: Number(flags.quota),
              offered: Number(flags.quota) * 0.4,
              settleSeconds: 30,
              seconds: Number(flags.seconds ?? 60),
            },
            tell,
          ),
          where(),
        )
      : hotTenantReport(
          await measureHotTenant(
            platform,
            door,
            { streams: Number(flags.streams), seconds: Number(flags.seconds ?? 30) },
            tell,
          ),
          where(),
        );
  console.log(report);
  if (flags.write) writeIntoDocs('fairness.md', what, report);
} finally {
  door.close();
  await platform.stop();
}
