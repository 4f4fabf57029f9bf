/**
 * `restante mta report`: a delivery or non-delivery report. It goes to the mailbox to which the
 * store gives the reports of this MTA, for report-delivery names no recipient of its own.
 *
 * Source: X.411 (1999) 8.3.1.2.
 */
import { Command, Option } from 'commander';
import type { Oid } from '../asn1/primitive.js';
import { ConfigError } from '../base/errors.js';
import { composeReport } from '../client/index.js';
import { type MtaOptions, withMta } from './mta-session.js';
import { contentType, integerIn, readFile, textUpTo } from './options.js';
import { type CommandContext, EXIT, printJson } from './terminal.js';

interface Options extends MtaOptions {
  readonly about: string;
  readonly outcome: 'delivery' | 'non-delivery';
  readonly subjectIdentifier?: string;
  readonly contentType?: Oid;
  readonly return?: string;
  readonly reason?: number;
  readonly diagnostic?: number;
  readonly json?: true;
}

/** ub-local-id-length, in characters. */
const LOCAL_IDENTIFIER_MAX = 32;
/** ub-reason-codes and ub-diagnostic-codes. */
const CODE_MAX = 32_767;

export function reportCommand({ terminal, finish }: CommandContext): Command {
  const code = integerIn(0, CODE_MAX);
  return new Command('report')
    .description('report on a message; the store knows to which mailbox reports of this MTA go')
    .requiredOption('--about <address>', 'the recipient that the report is about')
    .addOption(
      new Option('--outcome <outcome>', 'what became of the message')
        .choices(['delivery', 'non-delivery'])
        .default('delivery'),
    )
    .option(
      '--subject-identifier <text>',
      'local part of the MTS identifier of the message',
      textUpTo(LOCAL_IDENTIFIER_MAX, 'ia5'),
    )
    .option('--content-type <type>', 'content type of the message', contentType)
    .option('--return <file>', 'the content that comes back with it')
    .option('--reason <code>', 'reason code of a non-delivery', code)
    .option('--diagnostic <code>', 'diagnostic code of a non-delivery', code)
    .option('--json', 'one JSON object')
    .action(async (options: Options) => {
      const argument = argumentOf(options);
      const startMs = performance.now();
      await withMta(options, 1, (mta) => mta.report(argument));
      const ms = Math.round(10 * (performance.now() - startMs)) / 10;
      if (options.json) printJson(terminal, { outcome: options.outcome, ms });
      else terminal.print(`${options.outcome} reported in ${ms} ms`);
      finish(EXIT.done);
    });
}

function argumentOf(options: Options): Uint8Array {
  const { outcome, reason, diagnostic, subjectIdentifier } = options;
  if (outcome === 'delivery' && (reason !== undefined || diagnostic !== undefined)) {
    throw new ConfigError('reason', 'a delivery has no reason and no diagnostic');
  }
  return composeReport({
    recipient: options.about,
    outcome,
    ...(options.contentType !== undefined && { contentType: options.contentType }),
    ...(options.return !== undefined && { returnedContent: readFile(options.return) }),
    ...(subjectIdentifier !== undefined && { localIdentifier: subjectIdentifier }),
    ...(reason !== undefined && { reasonCode: reason }),
    ...(diagnostic !== undefined && { diagnosticCode: diagnostic }),
  });
}
