import cf from 'cloudfront';

/**
 * CloudFront Function (viewer-request): from hostname to tenant, and the refusals that need nothing but the request.
 * CloudFront runs a subset of JavaScript (no for..of, destructuring, ?., spread, default parameters, class, Map) and
 * takes 10 KB, so this file is written by hand; tests/house/viewer-gates.test.ts holds it to both. Its rules for hosts
 * and keys are tenancy's parseTenantHost and parseApiKey once more; a differential test holds them equal.
 */
const DOMAIN = '__DOMAIN__';
const MAX_BODY_BYTES = 5000000;
const KEY = /^ark[1-9]_([a-z0-9-]{3,32})_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}([0-9A-Za-z]{6})$/;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const directory = cf.kvs();

// generated from tenancy: npm run generate
// biome-ignore format: generated
const RESERVED_LABELS = 'www app api admin console proxy origin auth login sso mail status docs help support billing static assets cdn root platform system internal public test-tenant localhost'.split(' ');
// biome-ignore format: generated
const COMMON_HEADERS = {"cache-control":{"value":"no-store"},"request-id":{"value":"{request-id}"},"x-content-type-options":{"value":"nosniff"},"content-type":{"value":"application/json"}};
// biome-ignore format: generated
const ANSWERS = {
  host_unknown: {
    anthropic: {"statusCode":404,"headers":{"x-should-retry":{"value":"false"}},"body":"{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"this hostname is no tenant; use https://<tenant>.proxy.<domain> with the name that your tenant admin gave you\"},\"request_id\":\"{request-id}\"}"},
    bedrock: {"statusCode":404,"headers":{"x-should-retry":{"value":"false"}},"body":"{\"__type\":\"ResourceNotFoundException\",\"message\":\"this hostname is no tenant; use https://<tenant>.proxy.<domain> with the name that your tenant admin gave you\"}"},
  },
  credential_missing: {
    anthropic: {"statusCode":401,"headers":{"x-should-retry":{"value":"false"}},"body":"{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"no credential on the request; set ANTHROPIC_AUTH_TOKEN to your API key or access token\"},\"request_id\":\"{request-id}\"}"},
    bedrock: {"statusCode":401,"headers":{"x-should-retry":{"value":"false"}},"body":"{\"__type\":\"UnrecognizedClientException\",\"message\":\"no credential on the request; set ANTHROPIC_AUTH_TOKEN to your API key or access token\"}"},
  },
  credential_invalid: {
    anthropic: {"statusCode":401,"headers":{"x-should-retry":{"value":"false"}},"body":"{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"the credential is not valid; check that it was copied whole, or ask your tenant admin for a new one\"},\"request_id\":\"{request-id}\"}"},
    bedrock: {"statusCode":401,"headers":{"x-should-retry":{"value":"false"}},"body":"{\"__type\":\"UnrecognizedClientException\",\"message\":\"the credential is not valid; check that it was copied whole, or ask your tenant admin for a new one\"}"},
  },
  body_too_large: {
    anthropic: {"statusCode":413,"headers":{"x-should-retry":{"value":"false"}},"body":"{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\",\"message\":\"the request body is over the gateway's limit of 5000000 bytes; start a new session or /compact, and leave out large images\"},\"request_id\":\"{request-id}\"}"},
    bedrock: {"statusCode":413,"headers":{"x-should-retry":{"value":"false"}},"body":"{\"__type\":\"RequestEntityTooLargeException\",\"message\":\"the request body is over the gateway's limit of 5000000 bytes; start a new session or /compact, and leave out large images\"}"},
  },
  probe: {
    anthropic: {"statusCode":200,"headers":{}},
    bedrock: {"statusCode":200,"headers":{},"body":"{\"inferenceProfileSummaries\":[]}"},
  },
};
// end of generated

async function handler(event) {
  const request = event.request;
  const headers = request.headers;
  const host = parseTenantHost(valueOf(headers.host));
  if (!host) return answer(event, 'host_unknown');
  if (!isPresented(headers.authorization) && !isPresented(headers['x-api-key'])) {
    return answer(event, isProbe(request) ? 'probe' : 'credential_missing');
  }
  if (!isPlausible(headers.authorization) || !isPlausible(headers['x-api-key'])) {
    return answer(event, 'credential_invalid');
  }
  if (Number(valueOf(headers['content-length'])) > MAX_BODY_BYTES) return answer(event, 'body_too_large');

  // edge/origin believes these headers, so whatever a client sent under such a name goes. Gateways that turn `-` into
  // `_` or back would let a variant through: every mix of the two is the same name.
  Object.keys(headers).forEach((name) => {
    if (/^x[-_]ar[-_]/.test(name)) delete headers[name];
  });
  // A compressed stream would be held back until a block is full.
  delete headers['accept-encoding'];
  headers['x-ar-host'] = { value: host.name };
  headers['x-ar-tenant'] = { value: host.tenant };
  const entry = await lookUp(host.tenant);
  if (entry) headers['x-ar-directory'] = { value: entry };
  return request;
}

/** The store throws for a key it has not, and when it fails: either way edge/origin asks the control region. */
async function lookUp(tenant) {
  try {
    return await directory.get(tenant);
  } catch (error) {
    return null;
  }
}

function parseTenantHost(host) {
  const name = host
    .toLowerCase()
    .replace(/:[0-9]{1,5}$/, '')
    .replace(/\.$/, '');
  const suffix = `.proxy.${DOMAIN}`;
  const tenant = name.slice(0, -suffix.length);
  return name.endsWith(suffix) && isTenantId(tenant) ? { name: name, tenant: tenant } : null;
}

function isTenantId(text) {
  return /^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/.test(text) && text.indexOf('--') < 0 && RESERVED_LABELS.indexOf(text) < 0;
}

/** What Claude Code asks before it has a credential; harmless, so that it does not start with an error. */
function isProbe(request) {
  if (request.method === 'HEAD') return request.uri === '/' || request.uri === '/api/hello';
  return request.method === 'GET' && request.uri === '/inference-profiles';
}

/** An empty header, or the bare word `Bearer`, presents nothing. */
function isPresented(header) {
  return tokenOf(header) !== '';
}

/** False only for what can be no credential: several values in one header, or a key of ours that is damaged. */
function isPlausible(header) {
  const token = tokenOf(header);
  if (header && header.multiValue && header.multiValue.length > 1) return false;
  return token.indexOf(',') < 0 && (!/^ark[0-9]_/.test(token) || isWholeKey(token));
}

function isWholeKey(key) {
  const match = KEY.exec(key);
  return match !== null && isTenantId(match[1]) && checksum(key.slice(0, -6)) === match[2];
}

/** CRC-32 (IEEE 802.3) as six base62 characters. */
function checksum(text) {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = '';
  for (let i = 0; i < 6; i++) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function tokenOf(header) {
  return valueOf(header)
    .replace(/^bearer(\s+|$)/i, '')
    .trim();
}

function valueOf(header) {
  return header ? header.value : '';
}

function answer(event, kind) {
  const uri = event.request.uri;
  const wire = uri.startsWith('/model/') || uri.startsWith('/inference-profiles') ? 'bedrock' : 'anthropic';
  const template = ANSWERS[kind][wire];
  const whole = Object.assign({}, template, { headers: Object.assign({}, COMMON_HEADERS, template.headers) });
  return JSON.parse(JSON.stringify(whole).split('{request-id}').join(event.context.requestId));
}
