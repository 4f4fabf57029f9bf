/**
 * `restante mta deliver`: files to mailboxes, as contents or wrapped into one.
 *
 * Source: X.411 (1999) 8.3.1.1.
 */
import { Command } from 'commander';
import { orNameOf } from '../client/address.js';
import { composeDelivery, type MtaLink, type Priority } from '../client/index.js';
import { CLIENT_OPERATIONS_OUTSTANDING } from '../limits.js';
import { addContentOptions, type Content, type ContentOptions, contentOf } from './content-file.js';
import { refusalOf } from './failure.js';
import { type MtaOptions, withMta } from './mta-session.js';
import { collect, priorityOption, textUpTo } from './options.js';
import { type CommandContext, EXIT, printJson, printTable } from './terminal.js';

interface Options extends MtaOptions, ContentOptions {
  readonly to: readonly string[];
  readonly from: string;
  readonly priority: Priority;
  readonly identifier?: string;
  readonly json?: true;
}

/** ub-local-id-length: characters. */
const LOCAL_IDENTIFIER_MAX = 32;
const FILES_AT_A_TIME = 4;
const STANDARD_INPUT = '-';

export function deliverCommand({ terminal, finish }: CommandContext): Command {
  const command = new Command('deliver')
    .description('deliver files: each is a content as it is, unless --text, --attach or --edi')
    .argument('<files...>', 'files; - is standard input')
    .requiredOption('--to <address>', 'O/R address of a mailbox; may be repeated', collect)
    .requiredOption('--from <address>', 'O/R address of the originator')
    .addOption(priorityOption('priority of the envelope').default('normal'))
    .option(
      '--identifier <text>',
      'local part of the MTS identifier, to repeat a delivery',
      textUpTo(LOCAL_IDENTIFIER_MAX, 'ia5'),
    )
    .option('--json', 'one JSON object');
  return addContentOptions(command).action(async (files: readonly string[], options: Options) => {
    // Everything is looked at before anything is delivered.
    for (const address of [...options.to, options.from]) orNameOf(address);
    for (const file of files)
      if (file !== STANDARD_INPUT) contentOf(file, options, partiesOf(options));
    const done = await withMta(options, CLIENT_OPERATIONS_OUTSTANDING, (mta) =>
      deliverAll(mta, files, options),
    );
    const refusedCount = done.filter(({ error }) => error !== null).length;
    if (options.json) printJson(terminal, { deliveries: done });
    else {
      const head = ['file', 'recipient', 'octets', 'ms', 'outcome'];
      const rows = done.map(({ file, to, octets, ms, error }) => {
        return [file, to, octets, ms, error ?? 'delivered'];
      });
      printTable(terminal, head, rows);
    }
    if (refusedCount > 0) terminal.complain(`${refusedCount} of ${done.length} refused`);
    finish(refusedCount > 0 ? EXIT.refused : EXIT.done);
  });
}

const partiesOf = ({ from, to }: Options) => ({ originator: from, recipients: to });

type Outcome = Awaited<ReturnType<typeof deliver>>;

/** In the order of the files, each with its recipients; few files are in memory at a time. */
async function deliverAll(mta: MtaLink, files: readonly string[], options: Options) {
  const outcomes: Outcome[][] = [];
  let next = 0;
  const work = async () => {
    while (next < files.length) {
      const at = next;
      next += 1;
      const file = files[at] ?? '';
      const content = contentOf(file, options, partiesOf(options));
      const all = options.to.map((to) => deliver(mta, { file, to, ...content }, options));
      outcomes[at] = await Promise.all(all);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_A_TIME }, work));
  return outcomes.flat();
}

interface Delivery extends Content {
  readonly file: string;
  readonly to: string;
}

async function deliver(mta: MtaLink, { file, to, type, octets }: Delivery, options: Options) {
  const { from: originator, priority, identifier } = options;
  const envelope = { recipient: to, originator, contentType: type, priority };
  const argument = composeDelivery({
    ...envelope,
    content: octets,
    ...(identifier !== undefined && { localIdentifier: identifier }),
  });
  const startMs = performance.now();
  const error = await mta.deliver(argument).then(
    () => null,
    (reason: unknown) => {
      const line = refusalOf(reason);
      if (line === null) throw reason;
      return line;
    },
  );
  const ms = Math.round(10 * (performance.now() - startMs)) / 10;
  return { file, to, octets: octets.length, ms, error };
}
