import { LOGS } from './delivery.ts';

/** What can go wrong with its delivery: the logs, and the bill. */
const SOURCES = [...LOGS, 'cur'] as const;
type Source = (typeof SOURCES)[number];

/** Of which source, and of calls in which region. */
interface Stream {
  readonly source: Source;
  readonly region: string;
}

/** What a test lets go wrong with one log. */
export interface Fault {
  /** Nothing is delivered until the fault ends; then all of it is, late. */
  readonly hold: boolean;
  /** So many of each hundred records are lost, evenly: 10 loses the tenth, the twentieth... */
  readonly dropPercent: number;
  /** Each record is delivered twice, with the same ids. */
  readonly duplicate: boolean;
}

/** The faults of every log, by source and region. */
export interface EvidenceFaults {
  /** Without a region: wherever none of its own is set. */
  set(source: Source, region: string | undefined, fault: Fault): void;
  clear(): void;
  isHeld(stream: Stream): boolean;
  /** How often the next record of the log is delivered: 0, 1 or 2 times. */
  copies(stream: Stream): number;
}

const EVERYWHERE = '*';

export function createEvidenceFaults(): EvidenceFaults {
  const faults = new Map<string, Fault & { lost: number }>();
  const faultOf = ({ source, region }: Stream) =>
    faults.get(`${source} ${region}`) ?? faults.get(`${source} ${EVERYWHERE}`);
  return {
    set: (source, region, fault) => void faults.set(`${source} ${region ?? EVERYWHERE}`, { ...fault, lost: 0 }),
    clear: () => faults.clear(),
    isHeld: (stream) => faultOf(stream)?.hold === true,
    copies(stream) {
      const fault = faultOf(stream);
      if (fault === undefined) return 1;
      fault.lost += fault.dropPercent;
      if (fault.lost >= 100) {
        fault.lost -= 100;
        return 0;
      }
      return fault.duplicate ? 2 : 1;
    },
  };
}

export interface GivenFault {
  readonly source: Source;
  readonly region?: string;
  readonly fault: Fault;
}

/** Reads `{source, region?, hold?, dropPercent?, duplicate?}`; undefined when it is something else. */
export function readFault(text: string): GivenFault | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof given !== 'object' || given === null) return undefined;
  const { region, hold = false, dropPercent = 0, duplicate = false } = given as Readonly<Record<string, unknown>>;
  const source = SOURCES.find((one) => 'source' in given && given.source === one);
  if (source === undefined || typeof hold !== 'boolean' || typeof duplicate !== 'boolean') return undefined;
  if (typeof dropPercent !== 'number' || !(dropPercent >= 0 && dropPercent <= 100)) return undefined;
  if (region !== undefined && typeof region !== 'string') return undefined;
  const fault = { hold, dropPercent, duplicate };
  return region === undefined ? { source, fault } : { source, region, fault };
}
