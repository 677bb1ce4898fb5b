/**
 * What became of one subject. `planned`: a run would do it, and this one was dry. `unchanged`: it is already as it is to be.
 */
export type Result = {
  readonly subject: string;
  readonly outcome: 'done' | 'planned' | 'unchanged' | 'failed';
  /** For people: what was done, or why not and the way out. */
  readonly what: string;
  /** For programs, beside the other three. */
  readonly data?: Readonly<Record<string, unknown>>;
};

/** Where a script says what it does. Results go to stdout, everything else to stderr: a pipe gets what was asked for. */
export type Report = {
  tell(result: Result): void;
  /** How far a long work is, in units of its own; `total` null while nobody knows. */
  progress(done: number, total: number | null, of: string): void;
  /** Something that a person should know beside the results. */
  note(text: string): void;
  /** Text that is the result itself, such as a CSV. With it there is no summary. */
  print(text: string): void;
};

export type Outlets = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether stderr is a terminal, where a line can be written over. */
  readonly isTerminal: boolean;
  /** ms */
  readonly now: () => number;
};

/** On a terminal the line is written over a few times a second; in a log a line every ten seconds is enough. */
const EVERY_MS = { terminal: 200, log: 10_000 } as const;

const ERASE_LINE = '\r\u001b[K';

/**
 * Opens a report. For people each result is a line as it comes, with a summary at the end; with `json` everything is one
 * object at the end.
 * @returns the report, and what ends it: the exit code, 0, or 1 when something failed
 */
export function openReport(
  script: string,
  { json, dryRun }: { readonly json: boolean; readonly dryRun: boolean },
  { out, err, isTerminal, now }: Outlets,
): { readonly report: Report; readonly end: () => number } {
  const results: Result[] = [];
  let printed = false;
  let isLineOpen = false;
  let toldAt = now();
  const closeLine = (): void => {
    if (isLineOpen) err(ERASE_LINE);
    isLineOpen = false;
  };
  const report: Report = {
    tell(result) {
      results.push(result);
      closeLine();
      if (!json) out(`${result.outcome.padEnd(9)} ${result.subject}  ${oneLine(result.what)}\n`);
    },
    progress(done, total, of) {
      if (json || now() - toldAt < (isTerminal ? EVERY_MS.terminal : EVERY_MS.log)) return;
      toldAt = now();
      closeLine();
      err(`${script}: ${done}${total === null ? '' : ` of ${total}`} ${of}${isTerminal ? '' : '\n'}`);
      isLineOpen = isTerminal;
    },
    note(text) {
      closeLine();
      err(`${script}: ${oneLine(text)}\n`);
    },
    print(text) {
      printed = true;
      closeLine();
      out(text);
    },
  };
  const end = (): number => {
    closeLine();
    const count = (outcome: Result['outcome']) => results.filter((one) => one.outcome === outcome).length;
    const summary = {
      done: count('done'),
      planned: count('planned'),
      unchanged: count('unchanged'),
      failed: count('failed'),
    };
    if (json && !printed) {
      const told = results.map(({ data, ...result }) => ({ ...result, ...data }));
      out(`${JSON.stringify({ script, dryRun, summary, results: told })}\n`);
    } else if (!printed) {
      const parts = Object.entries(summary).filter(([, number]) => number > 0);
      const text = parts.map(([name, number]) => `${number} ${name}`).join(', ') || 'nothing to do';
      err(`${script}: ${text}${dryRun ? ' (dry run: nothing was changed)' : ''}\n`);
    }
    return summary.failed > 0 ? 1 : 0;
  };
  return { report, end };
}

/** A name or reason that somebody wrote must not write lines, or colours, of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
