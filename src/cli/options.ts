/**
 * Options that several commands have, and the forms in which values are typed.
 *
 * Source: ours.
 */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Oid } from '../asn1/primitive.js';
import { ConfigError } from '../base/errors.js';
import { CONTENT_TYPE } from '../client/content.js';
import type { NetworkAddress, Priority } from '../client/index.js';
import { PASSWORD_BYTES_MAX } from '../limits/upper-bounds.js';
import { PRIORITY } from '../x411/envelope-parts.js';

const DEFAULT_PORT = 10_102;
const SILENCE_MAX_SECONDS = 300;
const PASSWORD_VARIABLE = 'RESTANTE_PASSWORD';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
  readonly tsel?: string;
  /** Bind in the application context over RTSE. */
  readonly reliable?: boolean;
  readonly password?: string;
  readonly passwordFile?: string;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--host <host>', 'where the store listens', '127.0.0.1')
    .option('--port <port>', 'its TCP port', integerIn(1, 65_535), DEFAULT_PORT)
    .option('--tsel <text>', 'called transport selector')
    .option('--reliable', 'bind in the application context over RTSE')
    .option('--password <password>', `better: --password-file, or $${PASSWORD_VARIABLE}`)
    .option('--password-file <file>', 'a file whose first line is the password')
    .option(
      '--timeout <seconds>',
      'give up when the store is silent for so long',
      integerIn(1, 86_400),
      SILENCE_MAX_SECONDS,
    );
}

/** Address, selectors and times of the store. */
export function networkOf(options: ConnectionOptions): NetworkAddress & {
  readonly selectors?: { readonly calledTransport: Uint8Array };
} {
  const { host, port, tsel } = options;
  return {
    host,
    port,
    silenceMaxMs: 1000 * options.timeout,
    ...(tsel !== undefined && { selectors: { calledTransport: Buffer.from(tsel) } }),
  };
}

/** From the option, the file or the environment, in this order. Throws ConfigError. */
export function passwordOf({ password, passwordFile }: ConnectionOptions): string {
  const found =
    password ??
    (passwordFile === undefined
      ? process.env[PASSWORD_VARIABLE]
      : readFile(passwordFile).toString('utf8').split(/\r?\n/)[0]);
  if (found === undefined) {
    throw new ConfigError('password', `give --password-file, or set ${PASSWORD_VARIABLE}`);
  }
  if (Buffer.byteLength(found) > PASSWORD_BYTES_MAX) {
    throw new ConfigError('password', `at most ${PASSWORD_BYTES_MAX} octets`);
  }
  return found;
}

/** A whole file; `-` is standard input. Throws ConfigError. */
export function readFile(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(path, code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`);
  }
}

/** A parser of whole numbers from `min` to `max`. */
export function integerIn(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && min <= value && value <= max) return value;
    throw new InvalidArgumentError(`A whole number from ${min} to ${max}.`);
  };
}

/** A parser of texts of `max` characters at most, of the repertoire of IA5 where that is told. */
export function textUpTo(max: number, repertoire: 'any' | 'ia5' = 'any') {
  return (text: string): string => {
    if (text.length > max) throw new InvalidArgumentError(`At most ${max} characters.`);
    if (repertoire === 'ia5' && !/^[ -~]*$/.test(text)) {
      throw new InvalidArgumentError('ASCII only.');
    }
    return text;
  };
}

/** `512`, `10k`, `20M`: octets, in powers of 1024. */
export function octetCount(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})([kM]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('As in 512, 10k or 20M.');
  return Number(digits) * { '': 1, k: 1024, M: 1024 * 1024 }[unit as '' | 'k' | 'M'];
}

/** What is drawn from: values with their weights. */
export type Mix<T> = readonly { readonly value: T; readonly weight: number }[];

/** A parser of `10k`, or of a mix as `1k:70,10k:25,1M:5`: values with whole weights. */
export function mixOf<T>(parse: (text: string) => T): (text: string) => Mix<T> {
  const weightOf = integerIn(1, 1_000_000);
  return (text) =>
    text.split(',').map((part) => {
      const [value = '', weight = '1', ...rest] = part.split(':');
      if (rest.length > 0) throw new InvalidArgumentError('As in 1k:70,10k:30.');
      return { value: parse(value), weight: weightOf(weight) };
    });
}

/** A parser of the names of priorities. */
export function priorityOf(text: string): Priority {
  if (text in PRIORITY) return text as Priority;
  throw new InvalidArgumentError(`One of ${Object.keys(PRIORITY).join(', ')}.`);
}

/** Collects an option that may be given more than once. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** `p22` and the like, or an object identifier. */
export function contentType(text: string): Oid {
  const names: Readonly<Record<string, Oid>> = CONTENT_TYPE;
  const known = names[text.toLowerCase()];
  if (known !== undefined) return known;
  if (isOid(text)) return text;
  throw new InvalidArgumentError(`One of ${Object.keys(names).join(', ')}, or an OID.`);
}

/** Two arcs at least, the first 0 to 2, no leading zeros. */
export function isOid(text: string): boolean {
  return /^[0-2](\.(0|[1-9]\d{0,14}))+$/.test(text);
}

/** The short name of a content type, or its object identifier. */
export function contentTypeName(oid: Oid): string {
  return Object.entries(CONTENT_TYPE).find(([, known]) => known === oid)?.[0] ?? oid;
}

export function priorityOption(description: string): Option {
  return new Option('--priority <priority>', description).choices(Object.keys(PRIORITY));
}

export type { Priority };
