import { changeTier } from './change-tier.ts';
import { grantModel } from './grant-model.ts';
import { importTenants } from './import-tenants.ts';
import { killSwitch } from './kill-switch.ts';
import { offboardTenant } from './offboard-tenant.ts';
import { onboardTenant } from './onboard-tenant.ts';
import { requestTrail } from './request-trail.ts';
import { rotateKeys } from './rotate-keys.ts';
import type { Script } from './script.ts';
import { setBudget } from './set-budget.ts';
import { statement } from './statement.ts';
import { usageReport } from './usage-report.ts';
import { verifyAudit } from './verify-audit.ts';

/** Every script, in the order in which `--help` lists them. */
export const SCRIPTS: readonly Script[] = [
  onboardTenant,
  offboardTenant,
  importTenants,
  changeTier,
  setBudget,
  grantModel,
  rotateKeys,
  usageReport,
  statement,
  requestTrail,
  verifyAudit,
  killSwitch,
];
