/**
 * What a command sees of the world: lines out, complaints, octets, and how it ends.
 *
 * Source: ours.
 */
import Table from 'cli-table3';

export interface Terminal {
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  /** Octets to standard output, as they are. */
  readonly write: (octets: Uint8Array) => void;
}

/** Handed to every command; `finish` sets the exit code. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly finish: (exitCode: number) => void;
}

/** Exit codes: refused or absent, and used wrongly. */
export const EXIT = { done: 0, refused: 1, usage: 2 } as const;

type Cell = string | number | null;

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns under their names; numbers stand to the right. Nothing where there are no rows. */
export function printTable(
  { print }: Terminal,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): void {
  if (rows.length === 0) return;
  const isNumber = head.map((_, at) => rows.some((row) => typeof row[at] === 'number'));
  const table = new Table({
    head: [...head],
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: isNumber.map((is) => (is ? 'right' : 'left')),
  });
  for (const row of rows) table.push(row.map(shown));
  for (const line of table.toString().split('\n')) print(line.trimEnd());
}

const shown = (cell: Cell) => printable(String(cell ?? '-'));

/**
 * What a peer sent must not command our terminal: control characters become pictures of themselves,
 * so that the SOH and STX of an ATS message can be seen. Tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    if (character === '\t') return character;
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421';
  });
}

/** One JSON value, for programs. */
export function printJson({ print }: Terminal, value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
