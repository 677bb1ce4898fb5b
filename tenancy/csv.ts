/** A spreadsheet runs what begins so: a model or key that somebody named `=HYPERLINK(...)` is text, and stays text. */
const FORMULA = /^[=+\-@\t\r]/;
/** A number below zero begins like a formula, and is none. */
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Comma-separated values by RFC 4180, of cells in which no spreadsheet finds a formula. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => {
    const plain = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
