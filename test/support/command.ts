/** Runs the command line in this process and collects what it says. */
import { run } from '../../src/cli/program.js';

export interface Ran {
  readonly code: number;
  /** Lines to standard output. */
  readonly out: string[];
  /** Lines to standard error. */
  readonly err: string[];
  /** Octets to standard output. */
  readonly written: Buffer;
}

export async function ran(...args: string[]): Promise<Ran> {
  const [out, err, written]: [string[], string[], Uint8Array[]] = [[], [], []];
  const terminal = {
    print: (text: string) => out.push(...text.split('\n')),
    complain: (text: string) => err.push(...text.split('\n')),
    write: (octets: Uint8Array) => written.push(octets),
  };
  const code = await run(args, terminal);
  return { code, out, err, written: Buffer.concat(written) };
}

/** The one JSON value that a command with --json has printed. */
export function jsonOf<T>({ out }: Ran): T {
  return JSON.parse(out.join('\n')) as T;
}
