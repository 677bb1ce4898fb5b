/**
 * reset: the connection breaks before anything is done. 429, 500: nothing is done either. accept_then_*: it is done, and
 * the answer is lost in a broken connection, in silence, or in a 500.
 */
export const FAULT_KINDS = ['reset', '429', '500', 'accept_then_reset', 'accept_then_hang', 'accept_then_500'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export type Fault = {
  readonly kind: FaultKind;
  /** The call, `POST /v1/billing/meter_events`; `:id` is one part of the path, whatever it is. */
  readonly call: string;
  readonly times: number;
  /** s, for a 429. */
  readonly retryAfter?: number;
};

/** Faults that a test has asked for, each for so many of the calls that are to come. */
export function openFaults() {
  let due: Fault[] = [];
  return {
    add: (fault: Fault): void => void due.push(fault),
    clear: (): void => {
      due = [];
    },
    take: (call: string): Fault | undefined => {
      const found = due.find((one) => isCall(one.call, call));
      if (found)
        due = due.flatMap((one) => (one !== found ? [one] : one.times > 1 ? [{ ...one, times: one.times - 1 }] : []));
      return found;
    },
  };
}

function isCall(pattern: string, call: string): boolean {
  const [asked, come] = [pattern.split('/'), call.split('/')];
  return asked.length === come.length && asked.every((part, n) => part === ':id' || part === come[n]);
}

/** Reads what a test asks for; null for what is no fault. */
export function readFault(value: unknown): Fault | null {
  const { kind, call, times = 1, retryAfter } = (value ?? {}) as { [Name in keyof Fault]?: unknown };
  const known = FAULT_KINDS.find((one) => one === kind);
  if (!known || typeof call !== 'string' || !Number.isSafeInteger(times)) return null;
  return {
    kind: known,
    call,
    times: Number(times),
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
  };
}
