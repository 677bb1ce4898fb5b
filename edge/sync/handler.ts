// The store takes version 4A signatures alone; the client finds their signer by this import.
import '@aws-sdk/signature-v4a';
import { CloudFrontKeyValueStoreClient } from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { serialiseSyncLine } from './log.ts';
import { syncBatch } from './sync.ts';

const arn = process.env['KEY_VALUE_STORE_ARN'];
if (!arn) throw new Error('edge/sync: the environment variable KEY_VALUE_STORE_ARN is not set');

const store = { client: new CloudFrontKeyValueStoreClient({}), arn };

/** Consumer of the directory's stream, in the control region only; its event source reports batch item failures. */
export function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  return syncBatch(store, event, (line) => void process.stdout.write(`${serialiseSyncLine(line, Date.now())}\n`));
}
