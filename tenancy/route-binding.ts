import { isRegion, type Region } from './region.ts';
import type { TenantId } from './tenant.ts';

/** A path of a tenant's hostname, and the agent that it is meant for. Recorded only: no route leads to an agent yet. */
export type RouteBinding = {
  readonly tenantId: TenantId;
  /** The last part of its path, which stands for it in keys and ids. */
  readonly name: string;
  /** For people. */
  readonly agentName: string;
  /** An AgentCore runtime of `region`. */
  readonly runtimeArn: string;
  readonly region: Region;
  readonly enabled: boolean;
  /** Counts up with each change; an update names the version that it saw. */
  readonly version: number;
};

const PREFIX = '/agents/';
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const RUNTIME_ARN =
  /^arn:aws(?:-[a-z]{1,12}){0,2}:bedrock-agentcore:([a-z0-9-]{1,30}):\d{12}:runtime\/[A-Za-z][A-Za-z0-9_]{0,99}-[A-Za-z0-9]{10}$/;

/** The name in a path, or null for what no binding may have: under `/agents/` there is nothing that the gateway serves itself. */
export function parseAgentPath(path: string): string | null {
  const name = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
  return isAgentName(name) ? name : null;
}

export function isAgentName(text: unknown): text is string {
  return typeof text === 'string' && NAME.test(text);
}

export function agentPath({ name }: Pick<RouteBinding, 'name'>): string {
  return PREFIX + name;
}

/** The region of an AgentCore runtime's ARN; null for what is none, or is of a region where the platform is not. */
export function runtimeRegion(arn: string): Region | null {
  const region = RUNTIME_ARN.exec(arn)?.[1];
  return isRegion(region) ? region : null;
}
