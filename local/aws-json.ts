import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './listener.ts';
import { readSignature, verifySignature } from './signature.ts';

/** What an operation answers when it refuses: the wire name of the exception, and its message. Status 400. */
export class AwsError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type AwsInput = Record<string, unknown>;
type Operation = (input: AwsInput, region: string) => Promise<object> | object;

/** One service that speaks AWS JSON 1.1. */
export type AwsJsonService = {
  /** Before the dot in `x-amz-target`, `secretsmanager`. */
  readonly target: string;
  /** The name in the signature's scope. */
  readonly signingName: string;
  /** Where the service is: a signature for another region is refused. Unsigned calls count as the first's. */
  readonly regions: readonly [string, ...string[]];
  readonly operations: Readonly<Record<string, Operation>>;
  /** Operations that the real service takes unsigned. */
  readonly unsigned?: readonly string[];
  /** The secret of an access key id, undefined when there is no such key. */
  readonly secretOf: (accessKeyId: string) => string | undefined;
  /** ms epoch */
  readonly now: () => number;
};

/** Answers one AWS JSON 1.1 request: checks the signature, then runs the operation that the target names. */
export async function answerAwsJson(
  service: AwsJsonService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  try {
    const target = request.headers['x-amz-target'];
    const name =
      typeof target === 'string' && target.startsWith(`${service.target}.`)
        ? target.slice(service.target.length + 1)
        : '';
    const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
    if (operation === undefined)
      throw new AwsError('UnknownOperationException', `${String(target)} is not served here`);
    const open = service.unsigned?.includes(name) === true;
    const region = open ? service.regions[0] : signedRegion(service, request, body);
    send(response, 200, await operation(readInput(body), region));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    response.setHeader('x-amzn-errortype', error.code);
    send(response, 400, { __type: error.code, message: error.message });
  }
}

/** A required string member of the input. */
export function requiredText(input: AwsInput, name: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '') throw new AwsError('InvalidParameterException', `${name} is required`);
  return value;
}

/** The region that the request is signed for; throws when the signature does not hold. */
function signedRegion(service: AwsJsonService, request: IncomingMessage, body: Buffer): string {
  const claim = readSignature(request.rawHeaders);
  if (claim === undefined)
    throw new AwsError('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  const secret = service.secretOf(claim.accessKeyId);
  if (secret === undefined)
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  // A signature made for another service or region must not open this one.
  if (claim.service !== service.signingName || !service.regions.includes(claim.region))
    throw new AwsError(
      'InvalidSignatureException',
      `Credential should be scoped to ${service.signingName} in ${service.regions.join(', ')}`,
    );
  const { method = '', url = '', rawHeaders } = request;
  const verdict = verifySignature({ method, url, rawHeaders, body }, claim, secret, service.now());
  if (!verdict.ok) throw new AwsError('InvalidSignatureException', verdict.reason);
  return claim.region;
}

function readInput(body: Buffer): AwsInput {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as AwsInput;
  } catch {}
  throw new AwsError('SerializationException', 'the body is not a JSON object');
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(value));
}
