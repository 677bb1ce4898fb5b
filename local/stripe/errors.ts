/** Types of errors in Stripe's envelope, as far as they happen here. */
export type StripeErrorType = 'invalid_request_error' | 'api_error' | 'idempotency_error' | 'rate_limit_error';

/** What a call answers when it is refused. */
export class StripeRefusal extends Error {
  readonly status: number;
  readonly type: StripeErrorType;
  readonly code: string | undefined;
  readonly param: string | undefined;
  constructor(
    status: number,
    message: string,
    more: { readonly type?: StripeErrorType; readonly code?: string; readonly param?: string } = {},
  ) {
    super(message);
    this.status = status;
    this.type = more.type ?? 'invalid_request_error';
    this.code = more.code;
    this.param = more.param;
  }
}

export function envelope({ type, code, param, message }: StripeRefusal): object {
  return {
    error: {
      type,
      message,
      ...(code === undefined
        ? {}
        : { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
      ...(param === undefined ? {} : { param }),
    },
  };
}

export function noSuch(what: string, id: string, param = 'id'): StripeRefusal {
  return new StripeRefusal(404, `No such ${what}: '${id}'`, { code: 'resource_missing', param });
}
