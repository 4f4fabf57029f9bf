/**
 * `restante mta deliver`: files to mailboxes, as contents or wrapped into one.
 *
 * Source: X.411 (1999) 8.3.1.1.
 */
import { basename } from 'node:path';
import { Command } from 'commander';
import type { Oid } from '../asn1/primitive.js';
import { ConfigError } from '../base/errors.js';
import { orNameOf } from '../client/address.js';
import { CONTENT_TYPE, composeInterchange, composeMessage, type Part } from '../client/content.js';
import { composeDelivery, type MtaLink, type Priority } from '../client/index.js';
import { CLIENT_OPERATIONS_OUTSTANDING } from '../limits.js';
import { isIpmContentType } from '../x420/ipm.js';
import { refusalOf } from './failure.js';
import { type MtaOptions, withMta } from './mta-session.js';
import { collect, contentType, priorityOption, readFile, textUpTo } from './options.js';
import { type CommandContext, EXIT, printJson, printTable } from './terminal.js';

interface Options extends MtaOptions {
  readonly to: readonly string[];
  readonly from: string;
  readonly contentType?: Oid;
  readonly priority: Priority;
  readonly text?: true;
  readonly attach?: true;
  readonly edi?: true;
  readonly subject?: string;
  readonly identifier?: string;
  readonly unchecked?: true;
  readonly json?: true;
}

/** ub-subject-field, ub-local-id-length: characters. */
const SUBJECT_MAX = 128;
const LOCAL_IDENTIFIER_MAX = 32;
const FILES_AT_A_TIME = 4;
const STANDARD_INPUT = '-';

export function deliverCommand({ terminal, finish }: CommandContext): Command {
  return new Command('deliver')
    .description('deliver files: each is a content as it is, unless --text, --attach or --edi')
    .argument('<files...>', 'files; - is standard input')
    .requiredOption('--to <address>', 'O/R address of a mailbox; may be repeated', collect)
    .requiredOption('--from <address>', 'O/R address of the originator')
    .option('--content-type <type>', 'p22 (default), p2, p35, p772 or an OID', contentType)
    .addOption(priorityOption('priority of the envelope').default('normal'))
    .option('--text', 'wrap the file, UTF-8 text, into a P22 with a text body part')
    .option('--attach', 'wrap the file into a P22 with a file-transfer body part')
    .option('--edi', 'wrap the file, an interchange, into a P35')
    .option('--subject <text>', 'subject of a P22 that is made', textUpTo(SUBJECT_MAX))
    .option(
      '--identifier <text>',
      'local part of the MTS identifier, to repeat a delivery',
      textUpTo(LOCAL_IDENTIFIER_MAX, 'ia5'),
    )
    .option('--unchecked', 'deliver a content that does not look like its type')
    .option('--json', 'one JSON object')
    .action(async (files: readonly string[], options: Options) => {
      // Everything is looked at before anything is delivered.
      for (const address of [...options.to, options.from]) orNameOf(address);
      for (const file of files) if (file !== STANDARD_INPUT) contentOf(file, options);
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

interface Content {
  readonly type: Oid;
  readonly octets: Uint8Array;
}

/** Throws ConfigError where file and options do not fit together. */
function contentOf(file: string, options: Options): Content {
  const { text, attach, edi, from: originator, to: recipients, subject } = options;
  const ways = [text, attach, edi].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new ConfigError('text', '--text, --attach and --edi exclude each other');
  if (ways.length > 0 && options.contentType !== undefined) {
    throw new ConfigError('content-type', 'is given by --text, --attach or --edi');
  }
  if (subject !== undefined && !text && !attach) {
    throw new ConfigError('subject', 'only together with --text or --attach');
  }
  const octets = readFile(file);
  if (edi) {
    const interchange = { originator, recipients, interchange: octets };
    return { type: CONTENT_TYPE.p35, octets: composeInterchange(interchange) };
  }
  if (text || attach) {
    const part: Part = text
      ? { kind: 'text', text: textOf(file, octets) }
      : { kind: 'file', name: basename(file), octets };
    const message = composeMessage({ originator, recipients, subject, parts: [part] });
    return { type: CONTENT_TYPE.p22, octets: message };
  }
  const type = options.contentType ?? CONTENT_TYPE.p22;
  if (!options.unchecked) checkContent(file, type, octets);
  return { type, octets };
}

function textOf(file: string, octets: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    throw new ConfigError(file, 'is not UTF-8 text; --attach takes any file');
  }
}

/** An information object begins with the tag [0] or [1]. */
function checkContent(file: string, type: Oid, octets: Uint8Array): void {
  if (!isIpmContentType(type) && type !== CONTENT_TYPE.p35) return;
  if (octets[0] === 0xa0 || octets[0] === 0xa1) return;
  const hint = 'wrap it with --text, --attach or --edi, or deliver it --unchecked';
  throw new ConfigError(file, `is no content of this type: ${hint}`);
}

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
      const content = contentOf(file, options);
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
