/**
 * Files as contents, or wrapped into one: for commands that send.
 *
 * Source: ours; X.420 (1999) 7, X.435 (1999) 8 for what is made.
 */
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Oid } from '../asn1/primitive.js';
import { ConfigError } from '../base/errors.js';
import { CONTENT_TYPE, composeInterchange, composeMessage, type Part } from '../client/content.js';
import { isIpmContentType } from '../x420/ipm.js';
import { contentType, readFile, textUpTo } from './options.js';

export interface ContentOptions {
  readonly contentType?: Oid;
  readonly text?: true;
  readonly attach?: true;
  readonly edi?: true;
  readonly subject?: string;
  readonly unchecked?: true;
}

/** ub-subject-field: characters. */
const SUBJECT_MAX = 128;

export function addContentOptions(command: Command): Command {
  return command
    .option('--content-type <type>', 'p22 (default), p2, p35, p772 or an OID', contentType)
    .option('--text', 'wrap the file, UTF-8 text, into a P22 with a text body part')
    .option('--attach', 'wrap the file into a P22 with a file-transfer body part')
    .option('--edi', 'wrap the file, an interchange, into a P35')
    .option('--subject <text>', 'subject of a P22 that is made', textUpTo(SUBJECT_MAX))
    .option('--unchecked', 'take a content that does not look like its type');
}

export interface Content {
  readonly type: Oid;
  readonly octets: Uint8Array;
}

/** Between whom a content is made, where one is. */
export interface Parties {
  readonly originator: string;
  readonly recipients: readonly string[];
  readonly requestsReceipt?: boolean;
}

/** Throws ConfigError where file and options do not fit together. */
export function contentOf(file: string, options: ContentOptions, parties: Parties): Content {
  const { text, attach, edi, subject } = options;
  checkWays(options);
  const octets = readFile(file);
  if (edi) {
    const { originator, recipients } = parties;
    const interchange = { originator, recipients, interchange: octets };
    return { type: CONTENT_TYPE.p35, octets: composeInterchange(interchange) };
  }
  if (text || attach) {
    const part: Part = text
      ? { kind: 'text', text: textOf(file, octets) }
      : { kind: 'file', name: basename(file), octets };
    const message = composeMessage({ ...parties, subject, parts: [part] });
    return { type: CONTENT_TYPE.p22, octets: message };
  }
  const type = options.contentType ?? CONTENT_TYPE.p22;
  if (!options.unchecked) checkContent(file, type, octets);
  return { type, octets };
}

function checkWays({ text, attach, edi, contentType: type, subject }: ContentOptions): void {
  const ways = [text, attach, edi].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new ConfigError('text', '--text, --attach and --edi exclude each other');
  if (ways.length > 0 && type !== undefined) {
    throw new ConfigError('content-type', 'is given by --text, --attach or --edi');
  }
  if (subject !== undefined && !text && !attach) {
    throw new ConfigError('subject', 'only together with --text or --attach');
  }
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
  const hint = 'wrap it with --text, --attach or --edi, or send it --unchecked';
  throw new ConfigError(file, `is no content of this type: ${hint}`);
}
