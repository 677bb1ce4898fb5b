import cf from 'cloudfront';

/**
 * CloudFront Function (viewer-request): from hostname to tenant, and the refusals that need nothing but the request.
 * CloudFront runs a subset of JavaScript (no for..of, destructuring, ?., spread, default parameters, class, Map) and
 * takes 10 KB, so this file is written by hand; tests/house/viewer-gates.test.ts holds it to both. Its rules for hosts,
 * keys, AWS signatures and the console's origin are tenancy's once more; a differential test holds them equal.
 */
const DOMAIN = '__DOMAIN__';
const CONSOLE_ORIGIN = '__CONSOLE_ORIGIN__';
const MAX_BODY_BYTES = 5000000;
const KEY = /^ark[1-9]_([a-z0-9-]{3,32})_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}([0-9A-Za-z]{6})$/;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const directory = cf.kvs();

// generated from tenancy: npm run generate
// biome-ignore format: generated
const RESERVED_LABELS = 'www app api admin console proxy origin auth login sso mail status docs help support billing static assets cdn root platform system internal public staff test-tenant localhost'.split(' ');
// biome-ignore format: generated
const CONSOLE_PATH = /^\/v1\/(models(\/[^/]+)?|usage\/self)$/;
// biome-ignore format: generated
const DISCOVERY_PATH = '/.well-known/oauth-protected-resource';
// biome-ignore format: generated
const COMMON_HEADERS = {"cache-control":{"value":"no-store"},"request-id":{"value":"{request-id}"},"x-content-type-options":{"value":"nosniff"},"content-type":{"value":"application/json"}};
// biome-ignore format: generated
const CORS_HEADERS = {"access-control-allow-origin":{"value":"{console-origin}"},"access-control-expose-headers":{"value":"request-id,retry-after,x-should-retry,x-ar-budget-spent,x-ar-dropped-betas,x-ar-token-count,anthropic-ratelimit-requests-limit,anthropic-ratelimit-requests-remaining,anthropic-ratelimit-requests-reset,anthropic-ratelimit-tokens-limit,anthropic-ratelimit-tokens-remaining,anthropic-ratelimit-tokens-reset,anthropic-ratelimit-input-tokens-limit,anthropic-ratelimit-input-tokens-remaining,anthropic-ratelimit-input-tokens-reset,anthropic-ratelimit-output-tokens-limit,anthropic-ratelimit-output-tokens-remaining,anthropic-ratelimit-output-tokens-reset"},"vary":{"value":"Origin"}};
// biome-ignore format: generated
const REFUSED_HEADERS = {"x-should-retry":{"value":"false"}};
// biome-ignore format: generated
const BODIES = {"anthropic":"{\"type\":\"error\",\"error\":{\"type\":\"{type}\",\"message\":\"{message}\"},\"request_id\":\"{request-id}\"}","bedrock":"{\"__type\":\"{type}\",\"message\":\"{message}\"}"};
// biome-ignore format: generated
const REFUSALS = {
  host_unknown: {"statusCode":404,"anthropic":"not_found_error","bedrock":"ResourceNotFoundException","message":"this hostname is no tenant; use https://<tenant>.proxy.<domain> with the name that your tenant admin gave you"},
  credential_missing: {"statusCode":401,"anthropic":"authentication_error","bedrock":"UnrecognizedClientException","message":"no credential on the request; set ANTHROPIC_AUTH_TOKEN to your API key or access token"},
  credential_invalid: {"statusCode":401,"anthropic":"authentication_error","bedrock":"UnrecognizedClientException","message":"the credential is not valid; check that it was copied whole, or ask your tenant admin for a new one"},
  credential_aws_signature: {"statusCode":401,"anthropic":"authentication_error","bedrock":"UnrecognizedClientException","message":"an AWS signature is no credential here; set ANTHROPIC_AUTH_TOKEN or AWS_BEARER_TOKEN_BEDROCK to your API key or access token, and CLAUDE_CODE_SKIP_BEDROCK_AUTH=1"},
  body_too_large: {"statusCode":413,"anthropic":"request_too_large","bedrock":"RequestEntityTooLargeException","message":"the request body is over the gateway's limit of 5000000 bytes; start a new session or /compact, and leave out large images"},
};
// biome-ignore format: generated
const ANSWERS = {
  hello: {"statusCode":200,"headers":{}},
  profiles: {"statusCode":200,"headers":{},"body":"{\"inferenceProfileSummaries\":[]}"},
  preflight: {"statusCode":200,"headers":{"access-control-allow-methods":{"value":"GET"},"access-control-allow-headers":{"value":"authorization,x-api-key,anthropic-version"},"access-control-max-age":{"value":"600"}},"body":"{}"},
};
// end of generated

async function handler(event) {
  const request = event.request;
  const headers = request.headers;
  const host = parseTenantHost(valueOf(headers.host));
  if (!host) return refuse(event, 'host_unknown');
  const auth = headers.authorization;
  const key = headers['x-api-key'];
  if (isHello(request)) return answer(event, ANSWERS.hello);
  if (request.method === 'OPTIONS' && isFromConsole(request)) return answer(event, ANSWERS.preflight);
  const discovers = request.method === 'GET' && request.uri === DISCOVERY_PATH;
  if (!discovers && !isPresented(auth) && !isPresented(key)) {
    return isProfileList(request) ? answer(event, ANSWERS.profiles) : refuse(event, 'credential_missing');
  }
  if (isDoubled(auth) || isDoubled(key)) return refuse(event, 'credential_invalid');
  if (/^\s*aws4-/i.test(valueOf(auth))) return refuse(event, 'credential_aws_signature');
  if (!isPlausible(auth) || !isPlausible(key)) return refuse(event, 'credential_invalid');
  if (Number(valueOf(headers['content-length'])) > MAX_BODY_BYTES) return refuse(event, 'body_too_large');

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
  const pairs = discovers ? [await lookUp(`idp:${host.tenant}`)] : pairsOf(tokenOf(auth));
  if (tokenOf(key) !== tokenOf(auth)) pairs.push.apply(pairs, pairsOf(tokenOf(key)));
  const found = [];
  for (let i = 0; i < pairs.length; i++) {
    const value = pairs[i] && (await lookUp(pairs[i]));
    if (value) found.push(`[${JSON.stringify(pairs[i])},${value}]`);
  }
  if (found.length > 0) headers['x-ar-providers'] = { value: `[${found}]` };
  return request;
}

/** Who a token says made it and whom for, `<issuer> <audience>`: what is registered under that verifies it in edge/origin. */
function pairsOf(token) {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    return claims.aud
      ? []
          .concat(claims.aud)
          .map((aud) => `${claims.iss} ${aud}`)
          .slice(0, 3)
      : [];
  } catch (error) {
    return [];
  }
}

/** The store throws for a key it has not, and when it fails: either way edge/origin asks the control region. */
async function lookUp(name) {
  try {
    return await directory.get(name);
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

/** What Claude Code asks to see whether anyone is here. The answer tells nothing, so nobody is asked for a credential. */
function isHello(request) {
  return request.method === 'HEAD' && (request.uri === '/' || request.uri === '/api/hello');
}

/** What Claude Code asks before it has a credential; harmless, so that it does not start with an error. */
function isProfileList(request) {
  return request.method === 'GET' && request.uri === '/inference-profiles';
}

function isFromConsole(request) {
  const origin = request.headers.origin;
  return valueOf(origin) === CONSOLE_ORIGIN && !isDoubled(origin) && CONSOLE_PATH.test(request.uri);
}

function isDoubled(header) {
  return Boolean(header && header.multiValue && header.multiValue.length > 1);
}

/** An empty header, or the bare word `Bearer`, presents nothing. */
function isPresented(header) {
  return tokenOf(header) !== '';
}

/** False only for what can be no credential: several in one value, or a key of ours that is damaged. */
function isPlausible(header) {
  const token = tokenOf(header);
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

function refuse(event, kind) {
  const uri = event.request.uri;
  const wire = uri.startsWith('/model/') || uri.startsWith('/inference-profiles') ? 'bedrock' : 'anthropic';
  const refusal = REFUSALS[kind];
  const body = BODIES[wire].replace('{type}', refusal[wire]).replace('{message}', refusal.message);
  return answer(event, { statusCode: refusal.statusCode, headers: REFUSED_HEADERS, body: body });
}

function answer(event, template) {
  const cors = isFromConsole(event.request) ? CORS_HEADERS : {};
  const whole = Object.assign({}, template, { headers: Object.assign({}, COMMON_HEADERS, cors, template.headers) });
  return JSON.parse(
    JSON.stringify(whole)
      .split('{request-id}')
      .join(event.context.requestId)
      .split('{console-origin}')
      .join(CONSOLE_ORIGIN),
  );
}
