import type { NativeAttributeValue } from '@aws-sdk/util-dynamodb';

/**
 * The commands of `@aws-sdk/lib-dynamodb` as a bundle has them in that package's place: what names an operation and
 * carries its input, without the client that the package comes with, which `document-client.ts` has no use for
 * (decision 011). Types are always the package's own.
 */
class DocumentCommand {
  readonly input: Readonly<Record<string, NativeAttributeValue>>;
  constructor(input: Readonly<Record<string, NativeAttributeValue>>) {
    this.input = input;
  }
}

export class BatchGetCommand extends DocumentCommand {}
export class BatchWriteCommand extends DocumentCommand {}
export class DeleteCommand extends DocumentCommand {}
export class GetCommand extends DocumentCommand {}
export class PutCommand extends DocumentCommand {}
export class QueryCommand extends DocumentCommand {}
export class ScanCommand extends DocumentCommand {}
export class TransactGetCommand extends DocumentCommand {}
export class TransactWriteCommand extends DocumentCommand {}
export class UpdateCommand extends DocumentCommand {}
