import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TenantId } from '../../tenancy/tenant.ts';
import { cpuMs } from '../bench/cpu.ts';
import { platformFile, runScript } from '../run-script.ts';
import type { RunningPlatform } from '../start-platform.ts';
import type { Door } from './door.ts';
import { type Asked, asked, type Latencies, latencies } from './hot-tenant.ts';

const AFTER_MS = 10_000;

export type ImportPlan = {
  readonly tenants: number;
  /** How long it is measured alone. */
  readonly seconds: number;
  /** The script's `--per-minute`. */
  readonly perMinute: number;
};

export type ImportResult = {
  readonly plan: ImportPlan;
  readonly quiet: Latencies;
  readonly beside: Latencies;
  readonly errors: number;
  /** How long the script ran. */
  readonly importSeconds: number;
  /** Parts of one core, while it ran: the region's process, everything else of the platform, the load generator with the script. */
  readonly cpu: { readonly region: number; readonly rest: number; readonly generator: number };
};

/**
 * One tenant's small requests, one after another: alone, while a script makes a thousand other tenants, and alone again,
 * for what runs for long gets faster by itself, and tables that grow may get slower.
 */
export async function measureImport(
  { json, child }: RunningPlatform,
  door: Door,
  plan: ImportPlan,
  tell: (line: string) => void,
): Promise<ImportResult> {
  const [tenant] = (await door.addTenants('load-other')) as [TenantId];
  await asked(door, tenant, 3_000);
  tell('alone');
  const quiet = await asked(door, tenant, plan.seconds * 500);

  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  try {
    const file = join(folder, 'tenants.csv');
    writeFileSync(file, csvOf(plan.tenants));
    tell(`beside an import of ${plan.tenants} tenants`);
    const cpuNow = () => ({
      all: cpuMs(process.pid),
      platform: cpuMs(child.pid ?? 0),
      region: cpuMs(json.regions['eu-central-1'].pid),
    });
    const [before, from] = [cpuNow(), performance.now()];
    const words = ['import-tenants', file, '--per-minute', String(plan.perMinute), '--platform', platformFile(json)];
    let importSeconds = 0;
    const importing = runScript(words, {}).then(({ code, err }) => {
      if (code !== 0) throw new Error(`the import failed: ${err}`);
      importSeconds = (performance.now() - from) / 1_000;
    });
    const beside: Asked = { counted: [], setAside: [] };
    while (importSeconds === 0) {
      const more = await Promise.race([asked(door, tenant, 1_000), importing.then(() => null)]);
      if (more) add(beside, more);
    }
    const [after, elapsed] = [cpuNow(), performance.now() - from];
    // The last tenants' onboarding goes on after the script.
    await setTimeout(AFTER_MS);
    tell('alone again');
    add(quiet, await asked(door, tenant, plan.seconds * 500));
    const part = (of: (cpu: typeof before) => number) => (of(after) - of(before)) / elapsed;
    return {
      plan,
      quiet: latencies(quiet),
      beside: latencies(beside),
      errors: [quiet, beside].flatMap((one) => [...one.counted, ...one.setAside]).filter(({ whole }) => !whole).length,
      importSeconds,
      cpu: {
        region: part(({ region }) => region),
        rest: part(({ platform, region }) => platform - region),
        generator: part(({ all, platform }) => all - platform),
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function add(to: Asked, more: Asked): void {
  to.counted.push(...more.counted);
  to.setAside.push(...more.setAside);
}

function csvOf(tenants: number): string {
  const lines = Array.from({ length: tenants }, (_, n) => {
    const slug = `load-import-${n}`;
    return `${slug},Import ${n},STANDARD,eu-central-1,,,admin@${slug}.example,Ada`;
  });
  return ['slug,name,tier,homeRegion,allowedRegions,residency,adminEmail,adminName', ...lines].join('\n');
}
