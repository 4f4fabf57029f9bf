/**
 * The configuration file: one readable YAML file, checked as a whole before anything starts, then
 * frozen. Unknown keys are errors: a misspelt limit must not be a limit that is not there.
 *
 * Source: ours. zod gives the checks and the types.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../base/errors.js';
import { hashPassword, isPasswordHash } from '../directory/password.js';
import { parseMailboxId } from '../engine/mailbox-id.js';
import {
  CHECKPOINT_SIZE_KIBI,
  CHECKPOINT_SIZE_KIBI_CONFIGURED_MAX,
  CHECKPOINT_WINDOW,
  CHECKPOINT_WINDOW_CONFIGURED_MAX,
} from '../limits/reliable-transfer.js';
import { PASSWORD_BYTES_MAX, SERVICE_INFORMATION_CHARACTERS_MAX } from '../limits/upper-bounds.js';
import {
  CHECKPOINT_INTERVAL_MS,
  CONTENT_BYTES_MAX,
  INVOCATIONS_OUTSTANDING_MAX,
  JOURNAL_SEGMENT_BYTES,
  MTA_ASSOCIATION_IDLE_MS,
  MTA_ASSOCIATIONS,
  MTA_ASSOCIATIONS_CONFIGURED_MAX,
  MTA_OPERATIONS_OUTSTANDING,
  OPERATIONS_OUTSTANDING_CONFIGURED_MAX,
  P_SELECTOR_BYTES_MAX,
  S_SELECTOR_BYTES_MAX,
  SCRUB_BYTES_PER_SECOND,
  SHARDS_MAX,
  SUBMISSION_WAIT_MAX_MS,
  T_SELECTOR_BYTES_MAX,
} from '../limits.js';
import { parseOrAddress } from '../x411/or-address-text.js';
import { logsSchema } from './logs.js';
import { parseYaml, readYaml } from './yaml-file.js';

const passwordHash = z
  .string()
  .refine(isPasswordHash, 'not a password hash; make one with `restante passwd`');
const mailboxId = z.string().transform((text, context) => {
  const id = parseMailboxId(text);
  if (id !== null) return id;
  context.addIssue({ code: 'custom', message: 'not a mailbox identifier (a-z 0-9 - _ .)' });
  return z.NEVER;
});

/** All but delivery, which is everybody's. */
const CLASSES_SUBSCRIBED = [
  'submission',
  'draft',
  'storedMessage',
  'deliveryLog',
  'submissionLog',
  'messageLog',
  'autoActionLog',
] as const;

const objectIdentifier = z
  .string()
  .regex(/^[0-2](\.\d+)+$/, 'not an object identifier in dotted form');

const selectors = z.strictObject({
  transport: z.string().max(T_SELECTOR_BYTES_MAX).optional(),
  session: z.string().max(S_SELECTOR_BYTES_MAX).optional(),
  presentation: z.string().max(P_SELECTOR_BYTES_MAX).optional(),
});

/** ub-password-length; what the store shows to others is no hash. */
const password = z.string().max(PASSWORD_BYTES_MAX);

/** How the store binds to an MTA to submit. */
const submission = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(102),
  applicationContext: z
    .enum(['mts-access-88', 'mts-access-94', 'mts-reliable-access-88', 'mts-reliable-access-94'])
    .default('mts-access-88'),
  /** Selectors as text. */
  called: selectors.default({}),
  calling: selectors.default({}),
  /** As whom: each mailbox for its own submissions, or the store for all of them. */
  bindAs: z.enum(['mailbox', 'store']).default('mailbox'),
  /** The store's own O/R address where it binds for all; the first mailbox's by default. */
  address: z.string().optional(),
  /** The form of the name in the bind; `user-agent` for MTAs that know no message stores. */
  nameForm: z.enum(['message-store', 'user-agent']).default('message-store'),
  /** What the store shows when it binds, unless a mailbox has its own. */
  password: password.default(''),
  /** What the MTA must answer with; absent: anything. */
  responderPassword: password.optional(),
  associations: z.int().min(1).max(MTA_ASSOCIATIONS_CONFIGURED_MAX).default(MTA_ASSOCIATIONS),
  operationsOutstanding: z
    .int()
    .min(1)
    .max(INVOCATIONS_OUTSTANDING_MAX)
    .default(MTA_OPERATIONS_OUTSTANDING),
  idleMs: z.int().min(100).default(MTA_ASSOCIATION_IDLE_MS),
  /** How long users wait for an MTA that cannot be reached; 0: they are refused at once. */
  unreachableWaitMs: z.int().min(0).max(SUBMISSION_WAIT_MAX_MS).default(0),
});

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
      /** What every user of 1994 is told when he binds. */
      serviceInformation: z
        .string()
        .regex(/^[ -~]+$/, 'only letters, digits and signs of ASCII')
        .max(SERVICE_INFORMATION_CHARACTERS_MAX)
        .optional(),
      journalSegmentBytes: z.int().min(1_048_576).default(JOURNAL_SEGMENT_BYTES),
      /** Octets of message files verified in a second; 0: none. */
      scrubBytesPerSecond: z.int().min(0).default(SCRUB_BYTES_PER_SECOND),
      checkpointIntervalMs: z.int().min(100).default(CHECKPOINT_INTERVAL_MS),
      /** Of every mailbox that does not say itself; absent: none. */
      logs: logsSchema.optional(),
    })
    .prefault({}),
  /** RTSE, in the application contexts over it: the most that is agreed to. */
  reliableTransfer: z
    .strictObject({
      /** Between checkpoints, in units of 1,024 octets; 0: none, and nothing can be resumed. */
      checkpointKibi: z
        .int()
        .min(0)
        .max(CHECKPOINT_SIZE_KIBI_CONFIGURED_MAX)
        .default(CHECKPOINT_SIZE_KIBI),
      /** Checkpoints that may be unconfirmed. */
      window: z.int().min(1).max(CHECKPOINT_WINDOW_CONFIGURED_MAX).default(CHECKPOINT_WINDOW),
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
        /** Absent: nothing is submitted to this MTA. */
        submission: submission.optional(),
      }),
    )
    .default([]),
  mailboxes: z
    .array(
      z.strictObject({
        id: mailboxId,
        address: z.union([z.string(), z.array(z.string()).min(1)]),
        password: passwordHash,
        /**
         * Where the user's submissions go: by default to the first MTA that takes any. Of several
         * the next is tried where one cannot be reached.
         */
        submission: z
          .strictObject({
            mta: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
            password: password.optional(),
          })
          .optional(),
        /** Whether a copy of what is submitted is kept where the user does not say. */
        keepsSubmitted: z.boolean().default(false),
        /** In place of those of the store. */
        logs: logsSchema.optional(),
        /** What is served and not to this user, who is told so. */
        unsubscribed: z
          .strictObject({
            entryClasses: z.array(z.enum(CLASSES_SUBSCRIBED)).default([]),
            attributes: z.array(objectIdentifier).default([]),
            autoActions: z.array(objectIdentifier).default([]),
          })
          .optional(),
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

/** How the store binds to an MTA to submit. */
export type SubmissionConfig = z.output<typeof submission>;

export interface Config extends Readonly<Omit<z.output<typeof ConfigSchema>, 'shards'>> {
  readonly shards: number;
}

/** Reads and checks a file. Throws ConfigError, which names the key and the line. */
export function loadConfig(path: string): Config {
  return parseConfig(readYaml(path), dirname(resolve(path)));
}

/** Checks a text. Relative paths in it are relative to `folder`. */
export function parseConfig(text: string, folder: string): Config {
  const checked = parseYaml(text, ConfigSchema);
  checkUnique(
    'mailboxes',
    checked.mailboxes.map(({ id }) => id),
  );
  checkUnique(
    'mtas',
    checked.mtas.map(({ name }) => name),
  );
  checkSubmission(checked);
  checkSubscriptions(checked);
  const shards = checked.shards ?? Math.max(1, availableParallelism() - 1);
  return Object.freeze({ ...checked, shards, data: resolve(folder, checked.data) });
}

function checkUnique(key: string, names: readonly string[]): void {
  const repeated = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (repeated >= 0)
    throw new ConfigError(`${key}[${repeated}]`, `${names[repeated]} is there twice`);
}

/** Every name of an MTA, and every address, must lead somewhere. */
function checkSubmission({ mtas, mailboxes }: z.output<typeof ConfigSchema>): void {
  const takers = new Set(mtas.filter((mta) => mta.submission).map(({ name }) => name));
  for (const [index, { submission: own }] of mailboxes.entries()) {
    const unknown = [own?.mta ?? []].flat().find((name) => !takers.has(name));
    if (unknown === undefined) continue;
    const key = `mailboxes[${index}].submission.mta`;
    throw new ConfigError(key, `${unknown} is no MTA with a submission entry`);
  }
  for (const [index, mta] of mtas.entries()) {
    const address = mta.submission?.address;
    const parsed = address === undefined ? null : parseOrAddress(address);
    if (parsed?.kind === 'problem') {
      throw new ConfigError(`mtas[${index}].submission.address`, parsed.problem);
    }
  }
}

/** What is kept of submissions must be there to be seen. */
function checkSubscriptions({ mailboxes }: z.output<typeof ConfigSchema>): void {
  const contradictory = mailboxes.findIndex(
    ({ keepsSubmitted, unsubscribed }) =>
      keepsSubmitted && unsubscribed?.entryClasses.includes('submission'),
  );
  if (contradictory < 0) return;
  const problem = 'copies of what is submitted are kept in the class submission';
  throw new ConfigError(`mailboxes[${contradictory}].unsubscribed.entryClasses`, problem);
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
