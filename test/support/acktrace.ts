/**
 * What the kernel saw: reads a trace by strace of a server under load, and says of each
 * acknowledgement whether the octets it stands for had been synced before it left.
 *
 * The load makes that decidable: each delivery bears a mark of its own, and each association waits
 * for one answer before it sends the next, so the next thing written to the socket is the answer.
 *
 * Source: strace(1); the trace is one of `-f -yy`, in the order in which the kernel stopped for it.
 */

/** Bears the mark of a delivery, for the trace to find it again. */
export const markOf = (link: number, count: number) => `<<mark-${link}-${count}>>`;
const MARK = /<<mark-\d+-\d+>>/g;
const MARK_LENGTH_MAX = 40;

export const TRACED_CALLS = [
  'read',
  'recvfrom',
  'recvmsg',
  'readv',
  'write',
  'writev',
  'sendto',
  'sendmsg',
  'pwrite64',
  'pwritev',
  'pwritev2',
  'fsync',
  'fdatasync',
];

const READS = new Set(['read', 'recvfrom', 'recvmsg', 'readv']);
const SENDS = new Set(['write', 'writev', 'sendto', 'sendmsg']);
const STORES = new Set(['pwrite64', 'pwritev', 'pwritev2', 'write', 'writev']);
const SYNCS = new Set(['fsync', 'fdatasync']);

export interface AckReport {
  readonly proven: number;
  /** Marks that were answered before they were synced. */
  readonly unproven: readonly string[];
  /** Marks that came in; each must have been answered. */
  readonly received: number;
  readonly syncs: number;
}

interface Call {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly hasSucceeded: boolean;
}

const isSocket = (file: string) => file.startsWith('TCP');
const isJournal = (file: string) => file.endsWith('.journal');

class Trace {
  /** By thread: how a call began that has not ended. */
  readonly #unfinished = new Map<string, string>();
  /** By segment: marks written, not yet synced. */
  readonly #written = new Map<string, Set<string>>();
  /** By thread: what the sync that runs in it will have made durable. */
  readonly #syncing = new Map<string, ReadonlySet<string>>();
  readonly #durable = new Set<string>();
  /** By socket: the mark that waits for an answer, and the last octets read. */
  readonly #waiting = new Map<string, string>();
  readonly #tails = new Map<string, string>();
  readonly unproven: string[] = [];
  received = 0;
  proven = 0;
  syncs = 0;

  line(line: string): void {
    const match = /^(\d+) +(.*)$/s.exec(line);
    const [, thread = '', text = ''] = match ?? [];
    const unfinished = / <unfinished \.\.\.>$/.exec(text);
    if (unfinished !== null) {
      const begun = text.slice(0, unfinished.index);
      this.#unfinished.set(thread, begun);
      this.#begin(thread, parse(begun));
      return;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(text);
    if (resumed === null) {
      const call = parse(text);
      this.#begin(thread, call);
      this.#end(thread, call);
      return;
    }
    const begun = this.#unfinished.get(thread) ?? '';
    this.#unfinished.delete(thread);
    this.#end(thread, parse(begun + text.slice(resumed[0].length)));
  }

  #begin(thread: string, call: Call | null): void {
    if (call === null) return;
    const { name, file } = call;
    if (SYNCS.has(name) && isJournal(file))
      this.#syncing.set(thread, new Set(this.#written.get(file)));
    else if (SENDS.has(name) && isSocket(file)) this.#answer(file);
  }

  #end(thread: string, call: Call | null): void {
    if (call === null || !call.hasSucceeded) return;
    const { name, file, text } = call;
    if (READS.has(name) && isSocket(file)) this.#read(file, text);
    else if (STORES.has(name) && isJournal(file)) {
      const written = this.#written.get(file) ?? new Set();
      for (const [mark] of text.matchAll(MARK)) written.add(mark);
      this.#written.set(file, written);
    } else if (SYNCS.has(name) && isJournal(file)) {
      this.syncs += 1;
      for (const mark of this.#syncing.get(thread) ?? []) this.#durable.add(mark);
    }
  }

  #read(file: string, text: string): void {
    const seen = (this.#tails.get(file) ?? '') + text;
    for (const [mark] of seen.matchAll(MARK)) {
      this.received += 1;
      this.#waiting.set(file, mark);
    }
    const last = seen.lastIndexOf('>>');
    this.#tails.set(file, seen.slice(Math.max(last + 2, seen.length - MARK_LENGTH_MAX)));
  }

  #answer(file: string): void {
    const mark = this.#waiting.get(file);
    if (mark === undefined) return;
    this.#waiting.delete(file);
    if (this.#durable.has(mark)) this.proven += 1;
    else this.unproven.push(mark);
  }
}

/** `name(fd<file>, what) = result`, or its beginning. Null for what is of no interest. */
function parse(text: string): Call | null {
  const match = /^(\w+)\(\d+<((?:->|[^<>])*)>(.*)$/s.exec(text);
  if (match === null) return null;
  const [, name = '', file = '', rest = ''] = match;
  const result = / = (-?\d+)[^"]*$/.exec(rest);
  const octets = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, one = '']) => one).join('');
  return { name, file, text: octets, hasSucceeded: result !== null && Number(result[1]) >= 0 };
}

export function provenAnswers(trace: string): AckReport {
  const reader = new Trace();
  for (const line of trace.split('\n')) reader.line(line);
  const { proven, unproven, received, syncs } = reader;
  return { proven, unproven, received, syncs };
}
