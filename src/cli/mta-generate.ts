/**
 * `restante mta generate`: made-up messages at a rate or as fast as they go, and what that gave.
 *
 * With a rate, a delivery's time counts from when it was due, not from when it was sent: a store
 * that falls behind shows it. Nothing is warmed up and nothing is left out.
 *
 * Source: ours.
 */
import { Command } from 'commander';
import { ConfigError, InvariantError } from '../base/errors.js';
import { type Random, seededRandom } from '../base/random.js';
import { composeMessage } from '../client/content.js';
import { AbstractError, composeDelivery, type MtaLink, type Priority } from '../client/index.js';
import { CONTENT_BYTES_MAX, INVOCATIONS_OUTSTANDING_MAX } from '../limits.js';
import { refusalOf } from './failure.js';
import { connectMta, type MtaOptions } from './mta-session.js';
import { collect, integerIn, type Mix, mixOf, octetCount, priorityOf } from './options.js';
import { type CommandContext, EXIT, printJson } from './terminal.js';

interface Options extends MtaOptions {
  readonly to: readonly string[];
  readonly from: string;
  readonly count: number;
  readonly rate?: number;
  readonly size: Mix<number>;
  readonly seed: number;
  readonly associations: number;
  readonly outstanding: number;
  readonly priority: Mix<Priority>;
  readonly json?: true;
}

const COUNT_MAX = 100_000_000;
const RATE_MAX = 1_000_000;
const ASSOCIATIONS_MAX = 1_000;
/** What text, heading and envelope leave of the greatest content. */
const SIZE_MAX = CONTENT_BYTES_MAX - 4_096;

export function generateCommand({ terminal, finish }: CommandContext): Command {
  return new Command('generate')
    .description('deliver made-up P22 messages and print rate and times')
    .requiredOption('--to <address>', 'O/R address of a mailbox; repeated: in turn', collect)
    .option('--from <address>', 'O/R address of the originator', '/C=XX/A= /P=GENERATED/CN=MTA/')
    .option('--count <number>', 'messages', integerIn(1, COUNT_MAX), 1_000)
    .option(
      '--rate <number>',
      'messages a second; without: as fast as they go',
      integerIn(1, RATE_MAX),
    )
    .option(
      '--size <octets>',
      'octets of text in each, as in 512, 10k, 20M, or a mix: 1k:70,10k:25,1M:5',
      mixOf(octetCount),
      [{ value: 10 * 1024, weight: 1 }],
    )
    .option('--associations <number>', 'at one time', integerIn(1, ASSOCIATIONS_MAX), 1)
    .option(
      '--outstanding <number>',
      'deliveries without an answer on each',
      integerIn(1, INVOCATIONS_OUTSTANDING_MAX),
      1,
    )
    .option(
      '--priority <priority>',
      'priority of the envelopes, or a mix: normal:8,urgent:2',
      mixOf(priorityOf),
      [{ value: 'normal', weight: 1 }],
    )
    .option('--seed <number>', 'of what is drawn from a mix', integerIn(0, 4_294_967_295), 1)
    .option('--json', 'one JSON object')
    .action(async (options: Options) => {
      const run = await generate(options);
      const { errors, ...figures } = run;
      if (options.json) printJson(terminal, run);
      else {
        for (const [name, figure] of Object.entries(figures)) terminal.print(`${name}: ${figure}`);
      }
      for (const [line, count] of Object.entries(errors)) terminal.complain(`${count} × ${line}`);
      finish(run.refused > 0 ? EXIT.refused : EXIT.done);
    });
}

interface Progress {
  readonly startMs: number;
  readonly latenciesMs: number[];
  readonly errors: Map<string, number>;
  /** Octets of what was delivered. */
  contentBytes: number;
  next: number;
  /** An association is gone: what was acknowledged until then counts, and nothing more is sent. */
  isLost: boolean;
}

async function generate(options: Options) {
  if (options.size.some(({ value }) => value > SIZE_MAX)) {
    throw new ConfigError('size', `at most ${SIZE_MAX} octets`);
  }
  const random = seededRandom(options.seed);
  const contents = options.size.map(({ value, weight }) => ({
    value: contentOf(options, value),
    weight,
  }));
  const draw = (): Drawn => ({
    content: drawn(contents, random),
    priority: drawn(options.priority, random),
  });
  const links = await connectAll(options);
  const progress: Progress = {
    startMs: performance.now(),
    latenciesMs: [],
    errors: new Map(),
    contentBytes: 0,
    next: 0,
    isLost: false,
  };
  try {
    const workers = links.flatMap((link) =>
      Array.from({ length: options.outstanding }, () => work(link, draw, options, progress)),
    );
    await Promise.all(workers);
    const seconds = (performance.now() - progress.startMs) / 1000;
    const figures = figuresOf(progress, seconds);
    if (!progress.isLost) await Promise.all(links.map((link) => link.unbind()));
    return figures;
  } finally {
    for (const link of links) link.abort();
  }
}

async function connectAll(options: Options): Promise<MtaLink[]> {
  const links: MtaLink[] = [];
  try {
    for (let at = 0; at < options.associations; at += 1) {
      links.push(await connectMta(options, options.outstanding));
    }
    return links;
  } catch (error) {
    for (const link of links) link.abort();
    throw error;
  }
}

/** What one message is made of. */
interface Drawn {
  readonly content: Uint8Array;
  readonly priority: Priority;
}

function drawn<T>(mix: Mix<T>, random: Random): T {
  let left = random.below(mix.reduce((sum, { weight }) => sum + weight, 0));
  for (const { value, weight } of mix) {
    if (left < weight) return value;
    left -= weight;
  }
  throw new InvariantError('a mix is drawn from within its weights');
}

function contentOf({ from: originator, to: recipients }: Options, size: number): Uint8Array {
  const line = 'The quick brown fox jumps over the lazy dog 0123456789.\r\n';
  const text = line.repeat(Math.ceil(size / line.length)).slice(0, size);
  const heading = { originator, recipients: recipients.slice(0, 1), subject: 'Generated' };
  return composeMessage({ ...heading, identifier: 'generated', parts: [{ kind: 'text', text }] });
}

/** Takes one message after another until all are taken. */
async function work(
  link: MtaLink,
  draw: () => Drawn,
  { to, from, count, rate }: Options,
  progress: Progress,
): Promise<void> {
  for (;;) {
    const at = progress.next;
    if (at >= count || progress.isLost) return;
    progress.next += 1;
    const dueMs = rate === undefined ? performance.now() : progress.startMs + (1000 * at) / rate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const recipient = to[at % to.length] ?? '';
    const { content, priority } = draw();
    const argument = composeDelivery({
      recipient,
      originator: from,
      contentType: '2.6.1.10.1',
      content,
      priority,
    });
    try {
      await link.deliver(argument);
      progress.latenciesMs.push(performance.now() - dueMs);
      progress.contentBytes += content.length;
    } catch (error) {
      const problem = refusalOf(error);
      if (problem === null) throw error;
      progress.errors.set(problem, (progress.errors.get(problem) ?? 0) + 1);
      if (!(error instanceof AbstractError)) progress.isLost = true;
    }
  }
}

/** The figures in the order in which they are printed; times in milliseconds. */
function figuresOf({ latenciesMs, errors, contentBytes }: Progress, seconds: number) {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share: number) =>
    rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  const delivered = sorted.length;
  return {
    delivered,
    /** Refused, or without an answer when the association was lost. */
    refused: [...errors.values()].reduce((sum, count) => sum + count, 0),
    /** Of one content, on average. */
    contentBytes: delivered === 0 ? 0 : Math.round(contentBytes / delivered),
    seconds: rounded(seconds),
    perSecond: rounded(delivered / seconds),
    mebibytesPerSecond: rounded(contentBytes / seconds / 2 ** 20),
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    maxMs: at(1),
    errors: Object.fromEntries(errors),
  };
}

/** To three decimals; null where there is nothing to round. */
function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(1000 * value) / 1000 : null;
}
