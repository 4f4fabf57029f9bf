/**
 * `restante ua submit`: files to recipients, through the store to its MTA. `ua cancel`: what was
 * deferred is not sent.
 *
 * Source: X.411 (1999) 8.2.1; X.413 (1999) 8.3.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { ConfigError } from '../base/errors.js';
import { orNameOf } from '../client/address.js';
import {
  composeProbe,
  composeSubmission,
  type EnvelopeInput,
  type Priority,
  type ReportRequest,
  type UserAgent,
} from '../client/index.js';
import { MMHS_PRECEDENCE, type PrecedenceName } from '../x420/military.js';
import { addContentOptions, type Content, type ContentOptions, contentOf } from './content-file.js';
import { refusalOf } from './failure.js';
import { collect, priorityOption, textUpTo } from './options.js';
import { type CommandContext, EXIT, printJson, printTable } from './terminal.js';
import { type UserOptions, userOf, withUser } from './ua-session.js';

interface Options extends UserOptions, ContentOptions {
  readonly to: readonly string[];
  readonly priority?: Priority;
  readonly precedence?: PrecedenceName;
  readonly report: ReportRequest;
  readonly receipt?: true;
  readonly contentIdentifier?: string;
  readonly defer?: Date;
  readonly keep?: true;
  readonly draft?: true;
  readonly probe?: true;
  readonly json?: true;
}

/** ub-content-id-length: characters. */
const CONTENT_IDENTIFIER_MAX = 16;
const PRECEDENCES = Object.keys(MMHS_PRECEDENCE) as PrecedenceName[];
const REPORTS: readonly ReportRequest[] = ['none', 'non-delivery', 'report'];

export function submitCommand({ terminal, finish }: CommandContext): Command {
  const command = new Command('submit')
    .description('submit files: each is a content as it is, unless --text, --attach or --edi')
    .argument('<files...>', 'files; - is standard input')
    .requiredOption('--to <address>', 'O/R address of a recipient; may be repeated', collect)
    .addOption(priorityOption('priority of the envelope (default: normal)'))
    .addOption(
      new Option('--precedence <name>', 'that of a military message: the envelope tells it')
        .choices(PRECEDENCES)
        .conflicts('priority'),
    )
    .addOption(
      new Option('--report <request>', 'what the MTA is to report')
        .choices(REPORTS)
        .default('non-delivery'),
    )
    .option('--receipt', 'ask for a notification when it is read; of a P22 that is made')
    .option(
      '--content-identifier <text>',
      'comes back in reports',
      textUpTo(CONTENT_IDENTIFIER_MAX, 'ia5'),
    )
    .option('--defer <time>', 'not to be delivered before this time (ISO 8601)', deferral)
    .option('--keep', 'keep a copy in the out box, whatever the mailbox does by default')
    .option('--draft', 'keep it as a draft, and submit nothing')
    .option('--probe', 'ask only whether it could be delivered')
    .option('--json', 'one JSON object');
  return addContentOptions(command).action(async (files: readonly string[], options: Options) => {
    checkChoice(options);
    const parties = {
      originator: userOf(options),
      recipients: options.to,
      requestsReceipt: options.receipt ?? false,
    };
    for (const address of options.to) orNameOf(address);
    const contents = files.map((file) => ({ file, ...contentOf(file, options, parties) }));
    const done = await withUser({ ...options, is94: options.keep || options.draft }, (user) =>
      Promise.all(contents.map((content) => submit(user, content, parties.originator, options))),
    );
    const refusedCount = done.filter(({ error }) => error !== null).length;
    if (options.json) printJson(terminal, { submissions: done });
    else {
      const head = ['file', 'octets', 'ms', 'identifier', 'entry', 'outcome'];
      const outcome = options.draft ? 'kept as a draft' : options.probe ? 'probed' : 'submitted';
      const rows = done.map(({ file, octets, ms, identifier, entry, error }) => {
        return [file, octets, ms, identifier, entry, error ?? outcome];
      });
      printTable(terminal, head, rows);
    }
    if (refusedCount > 0) terminal.complain(`${refusedCount} of ${done.length} refused`);
    finish(refusedCount > 0 ? EXIT.refused : EXIT.done);
  });
}

function checkChoice({ keep, draft, probe, text, attach, receipt }: Options): void {
  if (draft && (keep || probe)) throw new ConfigError('draft', 'is neither sent nor probed');
  if (receipt && !text && !attach) {
    throw new ConfigError('receipt', 'only together with --text or --attach');
  }
}

function deferral(text: string): Date {
  const date = new Date(text);
  const isDate = /^20[0-4]\d-\d\d-\d\dT/.test(text) && !Number.isNaN(date.getTime());
  if (!isDate) throw new InvalidArgumentError('As in 2026-01-31T08:00:00Z, up to 2049.');
  return date;
}

async function submit(
  user: UserAgent,
  { file, type, octets }: Content & { readonly file: string },
  originator: string,
  options: Options,
) {
  const { to, report, contentIdentifier } = options;
  const envelope: EnvelopeInput = {
    originator,
    recipients: to.map((address) => ({ address, report })),
    contentType: type,
    ...(contentIdentifier !== undefined && { contentIdentifier }),
  };
  const startMs = performance.now();
  const outcome = await outcomeOf(user, envelope, octets, options).catch((reason: unknown) => {
    const error = refusalOf(reason);
    if (error === null) throw reason;
    return { identifier: null, entry: null, error };
  });
  const ms = Math.round(10 * (performance.now() - startMs)) / 10;
  return { file, octets: octets.length, ms, ...outcome };
}

async function outcomeOf(
  user: UserAgent,
  envelope: EnvelopeInput,
  content: Uint8Array,
  { priority, precedence, defer, keep, draft, probe }: Options,
) {
  const keeping = keep ? ({ keep: 'submission' } as const) : {};
  if (probe) {
    const argument = composeProbe({ ...envelope, contentLength: content.length });
    const { identifier, createdEntry } = await user.probe(argument, keeping);
    return { identifier, entry: createdEntry, error: null };
  }
  const argument = composeSubmission({
    ...envelope,
    content,
    ...(priority && { priority }),
    ...(precedence && { precedence }),
    ...(defer && { deferredUntil: defer }),
  });
  if (draft) return { identifier: null, entry: await user.storeDraft(argument), error: null };
  const { identifier, createdEntry } = await user.submit(argument, keeping);
  return { identifier, entry: createdEntry, error: null };
}

export function cancelCommand({ terminal, finish }: CommandContext): Command {
  return new Command('cancel')
    .description('give up a deferred message that was submitted')
    .argument('<identifier>', 'as `ua submit` has printed it')
    .action(async (identifier: string, options: UserOptions) => {
      await withUser(options, (user) => user.cancel(identifier));
      terminal.print('cancelled');
      finish(EXIT.done);
    });
}
