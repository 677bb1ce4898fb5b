import { no, ok } from '../../tenancy/result.ts';
import { type UserError, userErrorText } from './client.ts';
import {
  type RotateApiKeyInput,
  type RotatedKeyFragment,
  RotateKey,
  type RotateKeyMutation,
  TenantKeys,
} from './documents.ts';
import { inParallel } from './in-parallel.ts';
import { onceKey } from './once.ts';
import { PAGE, pages } from './pages.ts';
import type { Report } from './report.ts';
import { defineScript, type Tools } from './script.ts';
import { type KeyName, openSecretsFile, type Pending, readPending, type SecretsFile } from './secrets-file.ts';
import {
  readSelection,
  SELECTION_ABOUT,
  SELECTION_OPTIONS,
  SELECTION_WORDS,
  type Selection,
  selectTenants,
} from './tenants.ts';

const NAME = 'rotate-keys';
const WORDS = { overlapSeconds: '--overlap', expiresInDays: '--expires' } as const;
const WORKERS = 4;
const DAY_MS = 86_400_000;
const HOUR_SECONDS = 3_600;

type Plan = { readonly olderThanMs: number; readonly overlapSeconds: number; readonly expiresInDays: number };

export const rotateKeys = defineScript({
  name: NAME,
  summary: 'Gives every API key that is older than some days a new secret; the old one works on for a while.',
  words: `--older-than DAYS --secrets FILE ${SELECTION_WORDS}`,
  about: `  --older-than DAYS keys whose newest secret was made so long ago; one that does not say when counts as old
  --secrets FILE    where the new secrets are written, a line of JSON each, for you alone (mode 600); appended to
  --overlap HOURS   how long the old secrets work on, 1 to 168; 24 unless said
  --expires DAYS    until the new secrets end, 1 to 365; 90 unless said
${SELECTION_ABOUT}

  A secret is shown once. Each rotation is noted in FILE before it is asked for, and its secret before anything else: name
  the same FILE when you run it again after a crash. What was noted and has no secret there is then asked for again, and
  where the API had done it, its secret is lost and takes no effect: the key gets another, the old one works on as promised.
  jq -r 'select(.secret) | [.tenant, .name, .owner, .secret] | @tsv' FILE lists what to hand on.`,
  examples: [
    `${NAME} --older-than 90 --secrets new-keys.jsonl --all --dry-run`,
    `${NAME} --older-than 90 --overlap 72 --secrets new-keys.jsonl --tenant acme`,
  ],
  options: {
    'older-than': { type: 'string' },
    secrets: { type: 'string' },
    overlap: { type: 'string', default: '24' },
    expires: { type: 'string', default: '90' },
    ...SELECTION_OPTIONS,
  },
  read({ values, positionals }) {
    if (positionals.length > 0) return no(`what is ${JSON.stringify(positionals[0])}?`);
    const days = readWhole(values['older-than'], 0, 3_650);
    if (days === null) return no('say --older-than DAYS, 0 or more');
    const overlap = readWhole(values.overlap, 1, 168);
    if (overlap === null)
      return no('--overlap is 1 to 168 hours; to end an old secret at once, revoke it or rotate by hand');
    const expiresInDays = readWhole(values.expires, 1, 365);
    if (expiresInDays === null) return no('--expires is 1 to 365 days');
    const { secrets } = values;
    if (!secrets) return no('say where the new secrets go: --secrets FILE');
    const selection = readSelection(values);
    if (!selection.ok) return selection;
    const plan = { olderThanMs: days * DAY_MS, overlapSeconds: overlap * HOUR_SECONDS, expiresInDays };
    return ok((tools) => rotateAll(selection.value, plan, secrets, tools));
  },
});

function readWhole(text: string | undefined, least: number, most: number): number | null {
  const value = /^\d{1,4}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : null;
}

async function rotateAll(selection: Selection, plan: Plan, path: string, tools: Tools): Promise<void> {
  const { dryRun, report } = tools;
  if (dryRun) {
    for (const one of readPending(path)) {
      report.tell({
        subject: one.apiKeyId,
        outcome: 'planned',
        what: 'finish a rotation that was begun, whose secret was not written',
        data: nameOf(one),
      });
    }
    return eachOld(selection, plan, tools, async (key, slug, why) => {
      report.tell({ subject: key.id, outcome: 'planned', what: `new secret: ${why}`, data: named(key, slug) });
    });
  }
  const opened = openSecretsFile(path);
  if (!opened.ok) return report.tell({ subject: path, outcome: 'failed', what: opened.reason });
  const file = opened.value;
  try {
    for (const one of file.pending) await finish(one, file, tools);
    await eachOld(selection, plan, tools, async (key, slug, why) => {
      await rotate(named(key, slug), inputFor(key, plan), why, file, tools);
    });
  } finally {
    file.close();
  }
}

type Use = (key: RotatedKeyFragment, slug: string, why: string) => Promise<void>;

async function eachOld(selection: Selection, plan: Plan, { client, report, now }: Tools, use: Use): Promise<void> {
  let seen = 0;
  for await (const { slug } of selectTenants(client, selection, report)) {
    const keys = pages(async (after) => (await client.ask(TenantKeys, { slug, first: PAGE, after })).tenant?.apiKeys);
    await inParallel(keys, WORKERS, async (key) => {
      report.progress(++seen, null, 'keys looked at');
      const why = whyOld(key, plan, now());
      if (why !== null) await use(key, slug, why);
    });
  }
}

/** Null for a key that is young enough, that two secrets work for already, or that works no more. */
function whyOld({ status, secrets }: RotatedKeyFragment, { olderThanMs }: Plan, now: number): string | null {
  const newest = secrets.at(-1);
  if (status !== 'ACTIVE' || !newest) return null;
  if (newest.createdAt === null) return 'nobody noted when its secret was made';
  const age = now - Date.parse(newest.createdAt);
  return age >= olderThanMs ? `its secret is ${Math.floor(age / DAY_MS)} days old` : null;
}

function inputFor(
  key: RotatedKeyFragment,
  { overlapSeconds, expiresInDays }: Plan,
  lostFingerprint?: string,
): RotateApiKeyInput {
  const input = {
    apiKeyId: key.id,
    expectedVersion: key.version,
    overlapSeconds,
    expiresInDays,
    ...(lostFingerprint === undefined ? {} : { lostFingerprint }),
  };
  return { idempotencyKey: onceKey(NAME, key.id, input), ...input };
}

/** Notes it, asks for it, writes the secret. In this order: whatever it is killed between, the file says what to do. */
async function rotate(
  key: KeyName,
  input: RotateApiKeyInput,
  why: string,
  file: SecretsFile,
  tools: Tools,
): Promise<void> {
  file.write({ ...key, at: at(tools), state: 'rotating', input });
  await settle(key, input, why, file, tools);
}

/** A rotation that an earlier run noted: the very same request tells whether the API has done it. */
async function finish({ input, ...line }: Pending, file: SecretsFile, tools: Tools): Promise<void> {
  await settle(nameOf(line), input, 'it was begun before', file, tools);
}

async function settle(
  key: KeyName,
  input: RotateApiKeyInput,
  why: string,
  file: SecretsFile,
  tools: Tools,
): Promise<void> {
  const { client, report } = tools;
  const { rotateApiKey: payload } = await client.ask(RotateKey, { input });
  const { idempotencyKey } = input;
  if (payload.secret !== null && payload.apiKey) {
    const older = payload.apiKey.secrets.at(-2);
    const oldWorksUntil = older?.validUntil ?? null;
    file.write({ ...key, at: at(tools), state: 'rotated', idempotencyKey, secret: payload.secret, oldWorksUntil });
    const what = `new secret, ${oldWorksUntil ? `the old one works until ${oldWorksUntil}` : 'no old one works'}: ${why}`;
    return report.tell({ subject: key.apiKeyId, outcome: 'done', what, data: { ...key, oldWorksUntil } });
  }
  const lost = lostOf(payload, input);
  // What is known of this request is written down before another is begun.
  file.write({ ...key, at: at(tools), state: 'given up', idempotencyKey });
  if (lost) return rotate(key, lost, 'a secret that was never written down is taken back', file, tools);
  tellRefused(key, payload, report);
}

/** The request that puts another secret in the place of one that this very request had made, and that nobody has. */
function lostOf(
  { apiKey, replayed }: RotateKeyMutation['rotateApiKey'],
  input: RotateApiKeyInput,
): RotateApiKeyInput | null {
  const newest = apiKey?.secrets.at(-1);
  // Changed by somebody since: its newest secret may be theirs.
  if (!replayed || !apiKey || !newest || apiKey.version !== input.expectedVersion + 1) return null;
  const { overlapSeconds = 0, expiresInDays = 0 } = input;
  return inputFor(apiKey, { olderThanMs: 0, overlapSeconds, expiresInDays }, newest.fingerprint);
}

function tellRefused(key: KeyName, { userErrors, replayed }: RotateKeyMutation['rotateApiKey'], report: Report): void {
  report.tell({ subject: key.apiKeyId, outcome: 'failed', what: whyRefused(userErrors, replayed), data: key });
}

function whyRefused(userErrors: readonly UserError[], replayed: boolean): string {
  if (replayed) {
    return 'it was rotated, its secret was not written down, and somebody has changed the key since: rotate it by hand';
  }
  // Somebody was faster, or the request is older than a day: what the key has now is looked at like that of any other.
  const isStale = userErrors.some(({ code }) => code === 'CONFLICT_VERSION');
  const stale = "somebody has changed the key since it was read; look whether its newest secret is in somebody's hands";
  return isStale ? stale : userErrorText(userErrors, WORDS);
}

function named({ id, name, owner }: RotatedKeyFragment, tenant: string): KeyName {
  return { tenant, apiKeyId: id, name, owner: owner?.email ?? null };
}

function nameOf({ tenant, apiKeyId, name, owner }: KeyName): KeyName {
  return { tenant, apiKeyId, name, owner };
}

function at({ now }: Tools): string {
  return new Date(now()).toISOString();
}
