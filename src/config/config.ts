/**
 * The configuration file: one readable YAML file, checked as a whole before anything starts, then
 * frozen. Unknown keys are errors: a misspelt limit must not be a limit that is not there.
 *
 * Source: ours. yaml keeps comments and positions; zod gives the checks and the types.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../base/errors.js';
import { hashPassword, isPasswordHash } from '../directory/password.js';
import { parseMailboxId } from '../engine/mailbox-id.js';
import {
  CHECKPOINT_INTERVAL_MS,
  CONTENT_BYTES_MAX,
  INVOCATIONS_OUTSTANDING_MAX,
  JOURNAL_SEGMENT_BYTES,
  OPERATIONS_OUTSTANDING_CONFIGURED_MAX,
  SCRUB_BYTES_PER_SECOND,
  SHARDS_MAX,
} from '../limits.js';

const passwordHash = z
  .string()
  .refine(isPasswordHash, 'not a password hash; make one with `restante passwd`');
const mailboxId = z.string().transform((text, context) => {
  const id = parseMailboxId(text);
  if (id !== null) return id;
  context.addIssue({ code: 'custom', message: 'not a mailbox identifier (a-z 0-9 - _ .)' });
  return z.NEVER;
});

const objectIdentifier = z
  .string()
  .regex(/^[0-2](\.\d+)+$/, 'not an object identifier in dotted form');

const ConfigSchema = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(10_102),
      /** The called T-selector that is ours, as text; absent: any. */
      transportSelector: z.string().max(32).optional(),
    })
    .prefault({}),
  /** Relative to the file's own folder. */
  data: z.string().default('data'),
  shards: z.int().min(1).max(SHARDS_MAX).optional(),
  store: z
    .strictObject({
      /** What the store answers with when a user or an MTA binds; a password, not a hash. */
      password: z.string().max(62).default(''),
      journalSegmentBytes: z.int().min(1_048_576).default(JOURNAL_SEGMENT_BYTES),
      /** Octets of message files verified in a second; 0: none. */
      scrubBytesPerSecond: z.int().min(0).default(SCRUB_BYTES_PER_SECOND),
      checkpointIntervalMs: z.int().min(100).default(CHECKPOINT_INTERVAL_MS),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Operations of one association that are unanswered; one more is rejected. */
      operationsOutstanding: z
        .int()
        .min(1)
        .max(OPERATIONS_OUTSTANDING_CONFIGURED_MAX)
        .default(INVOCATIONS_OUTSTANDING_MAX),
    })
    .prefault({}),
  mtas: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(32),
        password: passwordHash,
        reportsTo: mailboxId.optional(),
      }),
    )
    .default([]),
  mailboxes: z
    .array(
      z.strictObject({
        id: mailboxId,
        address: z.union([z.string(), z.array(z.string()).min(1)]),
        password: passwordHash,
        /** What may be delivered; absent: everything. */
        deliverable: z
          .strictObject({
            contentTypes: z.array(objectIdentifier).min(1).optional(),
            contentBytesMax: z.int().min(1).max(CONTENT_BYTES_MAX).optional(),
          })
          .optional(),
      }),
    )
    .default([]),
});

export interface Config extends Readonly<Omit<z.output<typeof ConfigSchema>, 'shards'>> {
  readonly shards: number;
}

/** Reads and checks a file. Throws ConfigError, which names the key and the line. */
export function loadConfig(path: string): Config {
  if (!existsSync(path)) throw new ConfigError('', `${path} is not there`);
  return parseConfig(readText(path), dirname(resolve(path)));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Checks a text. Relative paths in it are relative to `folder`. */
export function parseConfig(text: string, folder: string): Config {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { prettyErrors: true, lineCounter });
  const [broken] = document.errors;
  // What follows the first line shows the place once more.
  if (broken !== undefined) throw new ConfigError('', broken.message.split('\n')[0] ?? '');
  const parsed = ConfigSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) throw problemOf(parsed.error, document, lineCounter);
  checkUnique(
    'mailboxes',
    parsed.data.mailboxes.map(({ id }) => id),
  );
  checkUnique(
    'mtas',
    parsed.data.mtas.map(({ name }) => name),
  );
  const shards = parsed.data.shards ?? Math.max(1, availableParallelism() - 1);
  return Object.freeze({ ...parsed.data, shards, data: resolve(folder, parsed.data.data) });
}

/** The first thing that is wrong, with its key and the line of the nearest thing that is there. */
function problemOf(error: z.ZodError, document: Document, lines: LineCounter): ConfigError {
  const [issue] = error.issues;
  const isUnknown = issue?.code === 'unrecognized_keys';
  const path = [...(issue?.path ?? []), ...(isUnknown ? issue.keys.slice(0, 1) : [])];
  let line = 1;
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || node.range == null) continue;
    line = lines.linePos(node.range[0]).line;
    break;
  }
  const message = isUnknown ? 'there is no such key' : (issue?.message ?? 'not usable');
  return new ConfigError(formatPath(path), `${message} (line ${line})`);
}

function checkUnique(key: string, names: readonly string[]): void {
  const repeated = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (repeated >= 0)
    throw new ConfigError(`${key}[${repeated}]`, `${names[repeated]} is there twice`);
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** Passwords of the default configuration, which the file itself shows in a comment. */
export const DEFAULT_PASSWORD = 'restante';

/**
 * Writes a configuration that works at once. Never writes over a file; throws ConfigError where it
 * cannot be written.
 */
export async function createDefaultConfig(path: string): Promise<void> {
  const hash = await hashPassword(DEFAULT_PASSWORD);
  try {
    writeFileSync(path, defaultText(hash), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new ConfigError(path, `cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

function defaultText(hash: string): string {
  return `# Restante. Passwords are "${DEFAULT_PASSWORD}"; make others with: restante passwd
listen:
  host: 127.0.0.1
  port: 10102
data: data
mtas:
  - name: MTA-1
    password: ${hash}
    reportsTo: alpha
mailboxes:
  - id: alpha
    address: /C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/CN=TTAAYFYX/
    password: ${hash}
  - id: bravo
    address: /C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTBB/CN=TTBBZTZX/
    password: ${hash}
`;
}
