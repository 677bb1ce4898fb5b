import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LEDGER_INDEXES } from '../../tenancy/table/tables.ts';
import type { Context } from './condition.ts';
import type { Call } from './evaluate.ts';

/**
 * A call as DynamoDB authorises it. `leadingKeys`: null where IAM is told none, as for a Scan. `attributes`: those that a
 * write names; absent: none.
 */
export type TableCall = Call & {
  readonly leadingKeys: readonly string[] | null;
  readonly attributes?: readonly string[];
};

/** By the document client's plain values. */
type Values = Readonly<Record<string, unknown>>;

/** What a command carries: one item's worth of it. */
type Part = {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Key?: Values;
  readonly Item?: Values;
  readonly KeyConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Values;
};

type Input = Part & {
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, Part>>[];
};

/** The account and region of every table here. */
const TABLES = 'arn:aws:dynamodb:eu-central-1:111122223333:table';

export function tableArn(name: string, index?: string): string {
  return `${TABLES}/${name}${index === undefined ? '' : `/index/${index}`}`;
}

/** Notes every call that a client makes from now on, with the input that it has for DynamoDB. */
export function recordTableCalls(client: DynamoDBDocumentClient): {
  readonly calls: readonly TableCall[];
  stop(): void;
} {
  const calls: TableCall[] = [];
  const name = `record-${crypto.randomUUID()}`;
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        calls.push(...callsOf(commandName.replace(/Command$/, ''), args.input as Input));
        return next(args);
      },
    { step: 'serialize', priority: 'high', name },
  );
  return { calls, stop: () => client.middlewareStack.remove(name) };
}

/** What a call tells IAM about itself. */
export function contextOf({ leadingKeys, attributes }: TableCall, tenantTag?: string): Context {
  return {
    ...(leadingKeys === null ? {} : { 'dynamodb:LeadingKeys': leadingKeys }),
    ...(attributes === undefined ? {} : { 'dynamodb:Attributes': attributes }),
    ...(tenantTag === undefined ? {} : { 'aws:PrincipalTag/tenant_id': tenantTag }),
  };
}

/**
 * The calls that one command is to IAM: a transaction is each of its items by itself, a batch one call for each table.
 * @throws Error for what it cannot tell: a call that nobody sees would be a proof of nothing
 */
export function callsOf(operation: string, input: Input): TableCall[] {
  const action = `dynamodb:${operation}`;
  switch (operation) {
    case 'GetItem':
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return [itemCall(action, input)];
    case 'Query':
      return [queryCall(action, input)];
    case 'Scan':
      return [{ action, resource: tableArn(input.TableName ?? '', input.IndexName), leadingKeys: null }];
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return (input.TransactItems ?? []).flatMap((item) =>
        Object.entries(item).map(([kind, part]) => itemCall(TRANSACTED.get(kind) ?? unknown(kind), part)),
      );
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return Object.entries(input.RequestItems ?? {}).map(([table, asked]) => ({
        action,
        resource: tableArn(table),
        leadingKeys: [...new Set(batchKeys(asked).map(partitionOf))],
      }));
    default:
      return unknown(operation);
  }
}

const TRANSACTED: ReadonlyMap<string, string> = new Map([
  ['Get', 'dynamodb:GetItem'],
  ['Put', 'dynamodb:PutItem'],
  ['Update', 'dynamodb:UpdateItem'],
  ['Delete', 'dynamodb:DeleteItem'],
  ['ConditionCheck', 'dynamodb:ConditionCheckItem'],
]);

function itemCall(action: string, part: Part): TableCall {
  const { TableName = '', Key, Item } = part;
  const call = { action, resource: tableArn(TableName), leadingKeys: [partitionOf(Key ?? Item)] };
  return action === 'dynamodb:PutItem' || action === 'dynamodb:UpdateItem'
    ? { ...call, attributes: attributesOf(part) }
    : call;
}

/** The top-level attributes that a write names: the item's, or those in its expressions, by name or by placeholder. */
function attributesOf(part: Part): string[] {
  const { Key, Item, ExpressionAttributeNames: names = {}, UpdateExpression = '', ConditionExpression = '' } = part;
  const words = `${UpdateExpression} ${ConditionExpression}`.matchAll(/(?<![.:\w#])#?[A-Za-z_]\w*(?!\w*\()/g);
  const named = [...words].map(([word]) => names[word] ?? word).filter((word) => !KEYWORDS.has(word));
  return [...new Set([...Object.keys(Key ?? {}), ...Object.keys(Item ?? {}), ...named])];
}

const KEYWORDS: ReadonlySet<string> = new Set(['SET', 'REMOVE', 'ADD', 'DELETE', 'AND', 'OR', 'NOT', 'IN', 'BETWEEN']);

function queryCall(action: string, input: Part): TableCall {
  const { TableName = '', IndexName, KeyConditionExpression = '', ExpressionAttributeNames: names = {} } = input;
  const partition = IndexName === undefined ? 'pk' : LEDGER_INDEXES[IndexName as keyof typeof LEDGER_INDEXES].partition;
  const equals = [...KeyConditionExpression.matchAll(/(#?[\w.]+)\s*=\s*(:\w+)/g)];
  const [, , value = ''] =
    equals.find(([, name = '']) => (names[name] ?? name) === partition) ?? unknown(KeyConditionExpression);
  const key = textOf(input.ExpressionAttributeValues?.[value]);
  return { action, resource: tableArn(TableName, IndexName), leadingKeys: [key] };
}

function batchKeys(asked: unknown): Values[] {
  if (!Array.isArray(asked)) return (asked as { readonly Keys: Values[] }).Keys;
  return asked.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key);
}

function partitionOf(key: Values | undefined): string {
  return textOf(key?.['pk']);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : unknown(`a partition that is no text: ${JSON.stringify(value)}`);
}

function unknown(what: string): never {
  throw new Error(`what is authorised here cannot be told: ${what}`);
}
