/** What a store holds, and the limits that CloudFront sets to it. */
export type Entries = ReadonlyMap<string, string>;

export type Update = {
  readonly puts: readonly { readonly key: string; readonly value: string }[];
  readonly deletes: readonly string[];
};

const STATUSES = {
  AccessDeniedException: 403,
  ConflictException: 409,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 402,
  ValidationException: 400,
} as const;

/** A refusal of the service, by its name on the wire. */
export class KeyValueStoreError extends Error {
  readonly code: keyof typeof STATUSES;
  constructor(code: keyof typeof STATUSES, message: string) {
    super(message);
    this.code = code;
  }
  get status(): number {
    return STATUSES[this.code];
  }
}

const KEY_LIMIT = 512;
const VALUE_LIMIT = 1_024;
const STORE_LIMIT = 5 * 1024 * 1024;
const UPDATE_LIMIT = 50;

export function sizeOf(entries: Entries): number {
  let size = 0;
  for (const [key, value] of entries) size += Buffer.byteLength(key) + Buffer.byteLength(value);
  return size;
}

/** Reads the body of PutKey, DeleteKey (both name one key) or UpdateKeys. @throws KeyValueStoreError when it is none */
export function readUpdate(method: string, key: string | null, body: string): Update {
  if (method === 'DELETE' && key !== null) return { puts: [], deletes: [key] };
  const input = parseObject(body);
  if (key !== null) return { puts: [{ key, value: text(input['Value']) }], deletes: [] };
  const puts = items(input['Puts']).map(({ Key, Value }) => ({ key: text(Key), value: text(Value) }));
  const deletes = items(input['Deletes']).map(({ Key }) => text(Key));
  return { puts, deletes };
}

/** The entries after an update: all of it, or, when a limit is broken, an error and nothing of it. */
export function applyUpdate(entries: Entries, { puts, deletes }: Update): Entries {
  const keys = [...puts.map(({ key }) => key), ...deletes];
  if (keys.length === 0 || keys.length > UPDATE_LIMIT || new Set(keys).size < keys.length)
    throw new KeyValueStoreError('ValidationException', `an update names 1 to ${UPDATE_LIMIT} keys, each once`);
  const after = new Map(entries);
  for (const { key, value } of puts) {
    if (key === '' || key.length > KEY_LIMIT || value.length > VALUE_LIMIT)
      throw new KeyValueStoreError(
        'ValidationException',
        `a key has at most ${KEY_LIMIT} characters, a value ${VALUE_LIMIT}`,
      );
    after.set(key, value);
  }
  for (const key of deletes) {
    if (!after.delete(key)) throw new KeyValueStoreError('ResourceNotFoundException', 'no such key');
  }
  if (sizeOf(after) > STORE_LIMIT) throw new KeyValueStoreError('ServiceQuotaExceededException', 'the store is full');
  return after;
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new KeyValueStoreError('ValidationException', 'the body is no JSON object');
}

function items(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new KeyValueStoreError('ValidationException', 'keys and values are texts');
  return value;
}
