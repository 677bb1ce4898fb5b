import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { tenantPolicyStatements } from '../../tenancy/table/tenant-policy.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { isAllowed } from './evaluate.ts';
import { callsOf, contextOf, type TableCall, tableArn } from './record-table-calls.ts';

const POLICY = tenantPolicyStatements({ directoryArn: tableArn('directory'), ledgerArns: [tableArn('ledger')] });

/** Whether the role of tenants' callers lets a session with this tag make a call. */
export function mayCall(call: TableCall, tag: string | undefined): boolean {
  return isAllowed(POLICY, call, contextOf(call, tag));
}

/**
 * Stands before a client where IAM would: DynamoDB Local asks nobody. A call that the role's policy does not allow to a
 * session of this tenant is refused as DynamoDB refuses it.
 * @param onCall told each call that was allowed
 */
export function wallIn(client: DynamoDBDocumentClient, tenantId: TenantId, onCall: (call: TableCall) => void): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        for (const call of callsOf(commandName.replace(/Command$/, ''), args.input as never)) {
          if (!mayCall(call, tenantId)) {
            const keys = call.leadingKeys?.join(', ') ?? 'no keys';
            const message = `a session of ${tenantId} is not authorized to perform: ${call.action} on ${keys}`;
            throw Object.assign(new Error(message), { name: 'AccessDeniedException' });
          }
          onCall(call);
        }
        return next(args);
      },
    { step: 'serialize', priority: 'high', name: 'wall' },
  );
}
