/** The regions the platform serves from. A tenant has one home region; its data never leaves it by replication. */
export const REGIONS = ['eu-central-1', 'eu-central-2', 'us-east-1'] as const;
export type Region = (typeof REGIONS)[number];

/** Where the control plane lives, and where a tenant goes that the edge does not know yet. */
export const CONTROL_REGION: Region = 'eu-central-1';

export function isRegion(text: unknown): text is Region {
  return REGIONS.some((region) => region === text);
}

/** The fixed host name of a region's API Gateway, reachable from CloudFront only in name: the passport is its authentication. */
export function originDomain(region: Region, domain: string): string {
  return `${region}.origin.${domain}`;
}
