/** One way of loading a proxy. Every target is loaded in the same ways, by the same program. */
export type Scenario = {
  readonly name: string;
  /** Text deltas in each answer. */
  readonly deltas: number;
  /** How the upstream sends an answer: in one write, cut into pieces wherever they fall, or one event per so many ms. */
  readonly sends: 'at once' | 'in pieces' | { readonly everyMs: number };
  readonly connections: number;
  readonly requests: number;
  readonly bodyBytes: number;
};

/** What is measured, and per what the CPU time is told. */
export type Measured = Scenario & { readonly title: string; readonly per: 'request' | '1k deltas' };

/** Before anything is measured: the text of 300 deltas, identical and in order, however the upstream cuts it. */
export const CHECKS: readonly Scenario[] = [
  { name: 'check', deltas: 300, sends: 'at once', connections: 2, requests: 2, bodyBytes: 2_000 },
  { name: 'check in pieces', deltas: 300, sends: 'in pieces', connections: 2, requests: 2, bodyBytes: 2_000 },
];

const KB = 1_024;

/** @param quick a smoke run: the figures say nothing, the checks all do */
export function measuredScenarios(quick: boolean): Measured[] {
  const some = (count: number) => (quick ? Math.ceil(count / 8) : count);
  const plain = { sends: 'at once', connections: 4, bodyBytes: 2_000 } as const;
  return [
    { ...plain, name: 'fixed', title: 'fixed cost', per: 'request', deltas: 3, connections: 8, requests: some(480) },
    { ...plain, name: 'burst16', title: 'burst16', per: '1k deltas', deltas: 500, connections: 16, requests: some(96) },
    {
      name: 'paced64',
      title: 'paced64',
      per: '1k deltas',
      deltas: quick ? 50 : 120,
      sends: { everyMs: 10 },
      connections: 64,
      requests: 64,
      bodyBytes: 2_000,
    },
    {
      ...plain,
      name: '256 KB',
      title: '256 KB body',
      per: 'request',
      deltas: 3,
      requests: some(160),
      bodyBytes: 256 * KB,
    },
    {
      ...plain,
      name: '4 MB',
      title: '4 MB body',
      per: 'request',
      deltas: 3,
      requests: some(24),
      bodyBytes: 4_096 * KB,
    },
  ];
}

/** Units of work in one run of a scenario: what its CPU time is divided by. */
export function unitsOf({ per, requests, deltas }: Measured): number {
  return per === 'request' ? requests : (requests * deltas) / 1_000;
}

/** Ordinary model output, with what breaks careless handling: escapes, two to four byte characters, line separators. */
const WORDS = [
  ' the',
  ' function returns',
  '\n',
  ' "quoted"',
  ' C:\\temp\\new',
  '\t}',
  ' größer',
  ' 漢字かな',
  ' 🙂👩‍💻',
  '</script>',
  ' \u2028\u2029',
  ' \u0001\u007f',
  ' \\n is not \n',
  'data: event: ',
];

export function deltaText(index: number): string {
  return `${WORDS[index % WORDS.length]}${index % 7 ? '' : ` ${index}`}`;
}

export function wholeText(deltas: number): string {
  return Array.from({ length: deltas }, (_, index) => deltaText(index)).join('');
}

/** A conversation of about so many bytes, as Claude Code sends one: text blocks of source code and prose. */
export function requestBody(model: string, bytes: number): Buffer {
  const block = (index: number) => ({
    role: index % 2 ? 'assistant' : 'user',
    content: [{ type: 'text', text: `${index}: const path = "C:\\\\temp";\n\t// größer 漢字 🙂\n`.repeat(40) }],
  });
  const messages = [];
  for (let index = 0, size = 0; index === 0 || size < bytes || index % 2 === 0; index++) {
    messages.push(block(index));
    size += Buffer.byteLength(JSON.stringify(block(index)));
  }
  const system = 'You are a coding assistant.';
  return Buffer.from(JSON.stringify({ model, max_tokens: 32_000, system, messages, stream: true }));
}
