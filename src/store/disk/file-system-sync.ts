/**
 * syncfs(2), for which Node has no call: sync(1) makes it, started by a shell that stays.
 *
 * Starting a program copies the page tables of the process that starts it: 60 ms of standstill for
 * a shard with 2 GB in memory, against 5 ms in all for a shell that was started while the shard was
 * small. The shell ends when its input does, so no kill leaves one behind.
 *
 * Source: ours; sync(1) of coreutils and busybox.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { BroadcastChannel } from 'node:worker_threads';

/** One line in, one line out: the exit status. The path is an argument, so it may be any. */
const SCRIPT = 'while read -r _; do sync -f "$1"; echo $?; done';
/** Exit statuses of a shell that could not start the program; all others are the program's own. */
const NOT_STARTED = [126, 127];

/** Pipes of a child are sockets, and can be left out of what keeps a process alive. */
interface Pipe {
  ref(): void;
  unref(): void;
}

type Done = (problem: Error | null) => void;

/** A shell, and those who wait for its answers, in order. */
class Shell {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: Done[] = [];
  #output = '';

  constructor(directory: string, onEnd: () => void) {
    this.#child = spawn('sh', ['-c', SCRIPT, 'sh', directory], {
      stdio: ['pipe', 'pipe', 'ignore'],
      // In a process group of its own: a Ctrl-C is for us, who then want to sync once more.
      detached: true,
    });
    const ended = (problem: Error) => {
      onEnd();
      for (const done of this.#waiting.splice(0)) done(problem);
    };
    this.#child.on('error', ended);
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdout.setEncoding('latin1').on('data', (text: string) => this.#read(text));
    this.#child.on('exit', () => ended(new Error('the shell that syncs has ended')));
    this.#child.unref();
    (this.#child.stdin as unknown as Pipe).unref();
    this.#holdProcess(false);
  }

  ask(done: Done): void {
    this.#waiting.push(done);
    this.#holdProcess(true);
    this.#child.stdin.write('\n');
  }

  end(): void {
    this.#child.stdin.end();
  }

  #read(text: string): void {
    const lines = (this.#output + text).split('\n');
    this.#output = lines.pop() ?? '';
    for (const line of lines) this.#waiting.shift()?.(problemOf(Number(line)));
    if (this.#waiting.length === 0) this.#holdProcess(false);
  }

  /** A shell that waits for work is no reason for the process to go on; one that works is. */
  #holdProcess(holds: boolean): void {
    const output = this.#child.stdout as unknown as Pipe;
    if (holds) output.ref();
    else output.unref();
  }
}

/**
 * The kernel tells of lost octets once, to one of those who sync; so each thread tells the others.
 */
const failures = new BroadcastChannel('restante: a sync of the file system failed');
failures.unref();
let foreignFailures = 0;
failures.onmessage = () => {
  foreignFailures += 1;
};

/** Syncs that other threads of this process have asked for, and that failed. */
export function foreignFailedSyncs(): number {
  return foreignFailures;
}

export class FileSystemSync {
  readonly #directory: string;
  #shell: Shell | null = null;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Resolves with what went wrong; its `code` is a string where nothing could be started. */
  async run(): Promise<Error | null> {
    const problem = await this.#ask();
    if (typeof (problem as { code?: unknown } | null)?.code === 'number') failures.postMessage('');
    return problem;
  }

  #ask(): Promise<Error | null> {
    return new Promise((done) => {
      if (this.#shell === null) {
        const shell = new Shell(this.#directory, () => {
          if (this.#shell === shell) this.#shell = null;
        });
        this.#shell = shell;
      }
      this.#shell.ask(done);
    });
  }

  /** Ends the shell; another is started where it is needed again. */
  dispose(): void {
    this.#shell?.end();
    this.#shell = null;
  }
}

function problemOf(status: number): Error | null {
  if (status === 0) return null;
  const problem = new Error(`sync ended with status ${status}`);
  return Object.assign(problem, { code: NOT_STARTED.includes(status) ? 'ENOENT' : status });
}
