import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as resolvers from '@graphql-codegen/typescript-resolvers';
import { parse } from 'graphql';

/** What resolvers hand on in place of the schema's own shapes: the platform's own. Types that are not here are as they are written. */
const SOURCES: Readonly<Record<string, string>> = {
  ApiKey: '../../tenancy/api-key.ts#ApiKey as ApiKeySource',
  ApiKeySecret: '../../tenancy/api-key.ts#SecretOfKey as SecretOfKeySource',
  AuditEvent: '../../tenancy/audit-chain.ts#LinkedEntry as LinkedEntrySource',
  BillingAdjustment: '../../tenancy/billing-period.ts#BillingAdjustment as BillingAdjustmentSource',
  BillingBoardConnection: './billing-days.ts#BillingBoard',
  BillingCommand: '../../tenancy/billing-command.ts#BillingCommand as BillingCommandSource',
  BillingDay: '../../tenancy/billing-day.ts#BillingDay as BillingDaySource',
  BillingDayRun: '../../tenancy/billing-schedule.ts#BillingDayRun as BillingDayRunSource',
  BillingLine: '../../tenancy/rating.ts#RatedLine as RatedLineSource',
  BillingMargin: './billing-periods.ts#MonthMargin',
  BillingMarginPart: './billing-periods.ts#MarginPart',
  BillingPeriod: '../../tenancy/billing-period.ts#BillingPeriod as BillingPeriodSource',
  BillingPeriodTotals: '../../tenancy/billed-month.ts#MonthTotals',
  BillingPush: './billing-periods.ts#PushedDay',
  BillingRun: '../../tenancy/table/billing-runs.ts#BillingRun as BillingRunSource',
  Budget: '../../tenancy/limit.ts#Budget as BudgetSource',
  DriftReport: '../../tenancy/drift.ts#DriftReport as DriftReportSource',
  Export: '../../tenancy/export.ts#Export as ExportSource',
  Grant: '../../tenancy/grant.ts#Grant as GrantSource',
  IdentityProvider: '../../tenancy/identity-provider.ts#IdentityProvider as IdentityProviderSource',
  Invoice: '../../tenancy/invoice.ts#Invoice as InvoiceSource',
  Limits: '../../tenancy/limit.ts#Limits as LimitsSource',
  MachineClient: '../../tenancy/user.ts#MachineClient as MachineClientSource',
  Model: '../../tenancy/model.ts#Model as ModelSource',
  ModelRequest: '../../tenancy/table/request-entity.ts#StoredRequest as StoredRequestSource',
  RequestBilling: './request-billing.ts#BilledRequest',
  RequestBillingLine: './request-billing.ts#RequestLine',
  RequestCosts: '../../tenancy/usage.ts#TokenCosts as TokenCostsSource',
  RequestReservation: '../../tenancy/usage.ts#Reservation as ReservationSource',
  RequestSettlement: '../../tenancy/usage.ts#Settlement as SettlementSource',
  RequestTokens: '../../tenancy/usage.ts#TokenCounts as TokenCountsSource',
  MoneyPart: '../../tenancy/money-drift.ts#MoneyPart as MoneyPartSource',
  MoneyReason: '../../tenancy/money-drift.ts#MoneyReason as MoneyReasonSource',
  MoneyReport: '../../tenancy/money-drift.ts#MoneyReport as MoneyReportSource',
  Price: '../../tenancy/price.ts#Price as PriceSource',
  PurgePreview: '../../tenancy/table/purge.ts#PurgePreview as PurgePreviewSource',
  RouteBinding: '../../tenancy/route-binding.ts#RouteBinding as RouteBindingSource',
  ScheduledTier: '../../tenancy/tenant.ts#ScheduledTier as ScheduledTierSource',
  Tenant: '../../tenancy/tenant.ts#Tenant as TenantSource',
  TenantOperation: '../../tenancy/operation.ts#Operation as OperationSource',
  TenantOperationStep: '../../tenancy/operation.ts#OperationStep as OperationStepSource',
  User: '../../tenancy/user.ts#User as UserSource',
  Viewer: './principal.ts#Principal as PrincipalSource',
  ViewAs: '../../tenancy/table/view-as.ts#ViewAs as ViewAsSource',
};

/** The types of all resolvers, from the schema's text. */
export async function generateResolverTypes(sdl: string): Promise<string> {
  const made = await codegen({
    filename: 'resolver-types.ts',
    schema: parse(sdl),
    documents: [],
    config: {
      contextType: './context.ts#Context',
      mappers: SOURCES,
      enumsAsTypes: true,
      useTypeImports: true,
      disableDescriptions: true,
      strictScalars: true,
      avoidOptionals: { field: true, inputValue: false, object: false, defaultValue: false },
      inputMaybeValue: 'T | null | undefined',
      scalars: {
        BigInt: { input: 'bigint', output: 'bigint' },
        Decimal: { input: 'string', output: 'string' },
        DateTime: { input: 'number', output: 'number' },
        Date: { input: 'string', output: 'string' },
        Month: { input: 'string', output: 'string' },
        ID: { input: 'string', output: 'string' },
      },
    },
    plugins: [{ typescript: {} }, { resolvers: {} }],
    pluginMap: { typescript, resolvers },
  });
  return `// Made from schema.graphql by \`npm run generate\`.\n${made}`;
}
