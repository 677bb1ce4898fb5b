import { CONTROL_REGION } from '../../tenancy/region.ts';
import { startApiGateway } from '../api-gateway.ts';
import type { LocalSettings } from '../settings.ts';
import { startStripe } from '../stripe.ts';
import type { Parts } from './parts.ts';

/** Where the webhook is, at its gateway. */
const RESOURCE = '/stripe/webhook';
/** Known to the stand-in and to whoever calls it. */
const STAND_IN = { apiKey: 'sk_test_localStandIn', webhookSecret: 'whsec_localStandIn' } as const;

export type Billing = {
  /** What functions of billing are told of the payment service. */
  readonly env: Readonly<Record<'STRIPE_API_KEY', string> & Partial<Record<'STRIPE_API_BASE', string>>>;
  /** The same for whoever runs billing's commands by hand. */
  readonly account: { readonly key: string; readonly base?: string };
  /** Where events are to be sent. */
  readonly webhookUrl: string;
  /** Absent where the account is a real one. */
  readonly standIn?: { readonly url: string; readonly apiKey: string };
};

/**
 * The payment service, whoever it is: the stand-in, or a real account's test mode, whose events `stripe listen` brings;
 * and the webhook behind its gateway.
 */
export async function startBilling(
  { functions, env, keep }: Parts,
  { stripeApiKey, stripeWebhookSecret }: Pick<LocalSettings, 'stripeApiKey' | 'stripeWebhookSecret'>,
  folder: string,
): Promise<Billing> {
  const standIn = stripeApiKey === undefined ? keep(await startStripe({ folder, ...STAND_IN })) : undefined;
  const stripe = {
    STRIPE_API_KEY: stripeApiKey ?? STAND_IN.apiKey,
    ...(standIn ? { STRIPE_API_BASE: standIn.url } : {}),
  };
  const fn = await functions.start('billing-webhook', CONTROL_REGION, {
    ...env,
    ...stripe,
    STRIPE_WEBHOOK_SECRET: stripeWebhookSecret ?? STAND_IN.webhookSecret,
  });
  const settings = { region: CONTROL_REGION, fn, resource: RESOURCE, transfer: 'BUFFERED' } as const;
  const gateway = keep(await startApiGateway({ ...settings, onLine: functions.log }));
  const webhookUrl = `${gateway.url}${RESOURCE}`;
  standIn?.deliverTo(webhookUrl);
  return {
    env: stripe,
    account: { key: stripe.STRIPE_API_KEY, ...(standIn ? { base: standIn.url } : {}) },
    webhookUrl,
    ...(standIn ? { standIn: { url: standIn.url, apiKey: STAND_IN.apiKey } } : {}),
  };
}
