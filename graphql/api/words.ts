import type { SourceStatus } from '../../tenancy/drift.ts';
import type { PriceScope } from '../../tenancy/price.ts';
import type { Region } from '../../tenancy/region.ts';
import { REGIONS } from '../../tenancy/region.ts';
import type { Residency, Tier } from '../../tenancy/tenant.ts';
import type { DriftSource, Region as RegionName, Residency as ResidencyName } from './resolver-types.ts';

/** The schema's enums are written in capitals; the platform's own words are not all. */

export function regionName(region: Region): RegionName {
  return region.toUpperCase().replaceAll('-', '_') as RegionName;
}

export function readRegion(name: RegionName): Region {
  const region = REGIONS.find((one) => regionName(one) === name);
  if (!region) throw new Error(`schema.graphql has a region that the platform has not: ${name}`);
  return region;
}

export function sourceName(source: SourceStatus): DriftSource {
  return source.toUpperCase() as DriftSource;
}

/** Which calls a price is for, as arguments and inputs tell it. */
export function readPriceScope({
  region,
  tier,
}: {
  readonly region?: RegionName | null | undefined;
  readonly tier?: Tier | null | undefined;
}): PriceScope {
  return { ...(region ? { region: readRegion(region) } : {}), ...(tier ? { tier } : {}) };
}

export function residencyName(residency: Residency): ResidencyName {
  return residency.toUpperCase() as ResidencyName;
}

export function readResidency(name: ResidencyName): Residency {
  return name.toLowerCase() as Residency;
}
