import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { convertToAttr, convertToNative } from '@aws-sdk/util-dynamodb';

/** Where attribute values stand in an input or an output: here (a map of them), in each member, or in the named ones. */
type Place = 'values' | { readonly each: Place } | { readonly in: Readonly<Record<string, Place>> };

/** An operation of DynamoDB: its name on the wire and where its values stand. */
export type Operation = { readonly name: string; readonly input: Place; readonly output: Place };

const WRITTEN = { in: { Attributes: 'values' } } as const;
const FOUND = { in: { Items: { each: 'values' }, LastEvaluatedKey: 'values' } } as const;
const SEARCHED = { in: { ExclusiveStartKey: 'values', ExpressionAttributeValues: 'values' } } as const;
const BY_KEY = { in: { Key: 'values', ExpressionAttributeValues: 'values' } } as const;
const BY_ITEM = { in: { Item: 'values', ExpressionAttributeValues: 'values' } } as const;
const KEYS_BY_TABLE = { each: { in: { Keys: { each: 'values' } } } } as const;
const WRITES_BY_TABLE = {
  each: { each: { in: { PutRequest: { in: { Item: 'values' } }, DeleteRequest: { in: { Key: 'values' } } } } },
} as const;

/** The commands that are spoken; parameters that expressions have replaced (`Expected`, `AttributeUpdates`) are not. */
const OPERATIONS = new Map<unknown, Operation>([
  [GetCommand, { name: 'GetItem', input: BY_KEY, output: { in: { Item: 'values' } } }],
  [PutCommand, { name: 'PutItem', input: BY_ITEM, output: WRITTEN }],
  [UpdateCommand, { name: 'UpdateItem', input: BY_KEY, output: WRITTEN }],
  [DeleteCommand, { name: 'DeleteItem', input: BY_KEY, output: WRITTEN }],
  [QueryCommand, { name: 'Query', input: SEARCHED, output: FOUND }],
  [ScanCommand, { name: 'Scan', input: SEARCHED, output: FOUND }],
  [
    BatchGetCommand,
    {
      name: 'BatchGetItem',
      input: { in: { RequestItems: KEYS_BY_TABLE } },
      output: { in: { Responses: { each: { each: 'values' } }, UnprocessedKeys: KEYS_BY_TABLE } },
    },
  ],
  [
    BatchWriteCommand,
    {
      name: 'BatchWriteItem',
      input: { in: { RequestItems: WRITES_BY_TABLE } },
      output: { in: { UnprocessedItems: WRITES_BY_TABLE } },
    },
  ],
  [
    TransactGetCommand,
    {
      name: 'TransactGetItems',
      input: { in: { TransactItems: { each: { in: { Get: BY_KEY } } } } },
      output: { in: { Responses: { each: { in: { Item: 'values' } } } } },
    },
  ],
  [
    TransactWriteCommand,
    {
      name: 'TransactWriteItems',
      input: {
        in: {
          TransactItems: { each: { in: { ConditionCheck: BY_KEY, Put: BY_ITEM, Delete: BY_KEY, Update: BY_KEY } } },
        },
      },
      output: { in: {} },
    },
  ],
]);

/** @throws TypeError for a command that is not spoken here */
export function operationOf(command: object): Operation {
  const operation = OPERATIONS.get(command.constructor);
  if (!operation) throw new TypeError('a command that the document client does not speak');
  return operation;
}

/** An operation's input as DynamoDB takes it. Binary attributes are not spoken: no item of ours has one. */
export function toWire({ input }: Operation, given: object): object {
  return converted(given, input, marshallValues) as object;
}

/** An operation's output with its values as JavaScript has them. */
export function fromWire({ output }: Operation, answered: object): object {
  return converted(answered, output, unmarshallValues) as object;
}

type Values = Readonly<Record<string, unknown>>;

function converted(part: unknown, place: Place, convert: (values: Values) => object): unknown {
  if (typeof part !== 'object' || part === null) return part;
  if (place === 'values') return convert(part as Values);
  if ('each' in place) {
    if (Array.isArray(part)) return part.map((one) => converted(one, place.each, convert));
    return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, converted(one, place.each, convert)]));
  }
  const copy: Record<string, unknown> = { ...part };
  for (const name in place.in) {
    if (copy[name] !== undefined) copy[name] = converted(copy[name], place.in[name] as Place, convert);
  }
  return copy;
}

/** As the library's own document client does: an attribute that is undefined is none. */
function marshallValues(values: Values): object {
  const marshalled: Record<string, unknown> = {};
  for (const name in values) {
    const value = values[name];
    if (value !== undefined && typeof value !== 'function') marshalled[name] = convertToAttr(value as never);
  }
  return marshalled;
}

function unmarshallValues(values: Values): object {
  const native: Record<string, unknown> = {};
  for (const name in values) native[name] = convertToNative(values[name] as never);
  return native;
}
