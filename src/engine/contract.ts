/**
 * The one seam between front end and shards: plain data that crosses threads. A request names a
 * mailbox and carries an encoded argument; the reply carries the encoded outcome. What must happen
 * elsewhere comes back as effects. A shard never calls up.
 *
 * Source: ours; the operations are those of X.411 and X.413.
 */
import type { ErrorData } from '../base/errors.js';
import type { Pieces } from '../base/octets.js';
import type { MailboxId } from './mailbox-id.js';
import type { SubmissionOperation, SubmissionOutcome } from './mts-port.js';

/** The edition of the application context: it decides what exists, never a guess. */
export type Edition = '88' | '94';

/** fetch-restrictions of a bind. X.413 7.1.1; they hold for one association. */
export interface FetchRestrictions {
  readonly allowedContentTypes?: readonly string[];
  readonly allowedEits?: readonly string[];
  readonly maximumAttributeLength?: number;
}

/** What a bind is answered with. */
export interface BindState {
  /** A condition for an alert has arisen that no alert has told of. */
  readonly isAlertPending: boolean;
  /** Every label of the security-context is registered, or none is. */
  readonly isContextAcceptable: boolean;
  readonly isUserAgentKnown: boolean;
}

/** Invoked on every association of the mailbox; whoever takes it, `alerted` tells the shard. */
export interface AlertEffect {
  readonly kind: 'alert';
  readonly mailbox: MailboxId;
  readonly sequence: number;
  /** AlertArgument, one whole BER element, for an association of each edition. */
  readonly argument: Readonly<Record<Edition, Uint8Array>>;
}

/**
 * What the user of a mailbox has not subscribed to, of all that is served. To delivery everybody
 * is. Source: X.413 (1999) 9.2, 9.3, 9.17.
 */
export interface Unsubscribed {
  readonly entryClasses: readonly number[];
  /** Object identifiers, dotted. */
  readonly attributes: readonly string[];
  readonly autoActions: readonly string[];
}

/** The last is of 1994. */
export type RetrievalOperation = 'summarize' | 'list' | 'fetch' | 'delete' | 'modify';

export type Request =
  /** MessageDeliveryArgument or ReportDeliveryArgument of X.411, one whole BER element. */
  | {
      readonly kind: 'message-delivery';
      readonly mailbox: MailboxId;
      readonly argument: Uint8Array;
    }
  | { readonly kind: 'report-delivery'; readonly mailbox: MailboxId; readonly argument: Uint8Array }
  | {
      readonly kind: RetrievalOperation;
      readonly mailbox: MailboxId;
      readonly edition: Edition;
      readonly argument: Uint8Array;
      readonly restrictions?: FetchRestrictions;
      /** Whose defaults are in force where the argument asks for no attributes; 1994. */
      readonly userAgent?: string;
      readonly unsubscribed?: Unsubscribed;
    }
  | {
      readonly kind: 'register-ms';
      readonly mailbox: MailboxId;
      readonly edition: Edition;
      readonly argument: Uint8Array;
      /** The hash that is in force where the user has not changed the password. */
      readonly passwordHash: string;
      readonly unsubscribed?: Unsubscribed;
    }
  /**
   * An operation that the user wants the MTS to do, in the form of P7. The reply is `submission`
   * where it may go there; its end then comes back as `submitted`.
   */
  | {
      readonly kind: 'submit';
      readonly mailbox: MailboxId;
      readonly edition: Edition;
      readonly operation: SubmissionOperation;
      readonly argument: Uint8Array;
      /** Whether a copy is kept where the user has said nothing about it. */
      readonly keeps: boolean;
      /** Whose registered options are in force where the argument has none; 1994. */
      readonly userAgent?: string;
      readonly unsubscribed?: Unsubscribed;
    }
  | {
      readonly kind: 'submitted';
      readonly mailbox: MailboxId;
      readonly edition: Edition;
      readonly operation: SubmissionOperation;
      /** As the reply to `submit` had it. */
      readonly key: string | null;
      /** Of a cancellation; of all else empty. */
      readonly argument: Uint8Array;
      readonly outcome: SubmissionOutcome;
    }
  /** The hash of the password that the user has set; the result is its text, empty: none. */
  | { readonly kind: 'credentials'; readonly mailbox: MailboxId }
  /** A user has proved to be who he is; the result is {@link BindState} as JSON. */
  | {
      readonly kind: 'bind';
      readonly mailbox: MailboxId;
      /** Whole SecurityLabel elements, in our own encoding. */
      readonly securityContext: readonly Uint8Array[];
      readonly userAgent: string | null;
    }
  /** An alert of the entry has been taken; answered with an empty result. */
  | { readonly kind: 'alerted'; readonly mailbox: MailboxId; readonly sequence: number }
  /** Writes everything out: journal, files, snapshot. Answered with an empty result. */
  | { readonly kind: 'checkpoint' }
  /** What the shard holds; the result is {@link ShardStatistics} as JSON. */
  | { readonly kind: 'statistics' };

/** An abstract-error by its local code, with its parameter encoded; null for NULL. */
export type Reply = ReplyWith<Uint8Array>;

/** As the shard gives it. What it read is in some of the pieces, so they are taken in this turn. */
export type ShardReply = ReplyWith<Uint8Array | Pieces>;

type ReplyWith<Result> =
  | {
      readonly kind: 'result';
      readonly result: Result;
      /** What is to happen elsewhere now. */
      readonly effects?: readonly AlertEffect[];
    }
  | { readonly kind: 'error'; readonly code: number; readonly parameter: Uint8Array | null }
  /**
   * To be handed to the MTS. `key`: of what is kept until its end is known; null: nothing is.
   * `argument`: null where it goes there as it came.
   */
  | {
      readonly kind: 'submission';
      readonly key: string | null;
      readonly argument: Uint8Array | null;
    }
  /** The argument is not of its type: the invocation is rejected (X.880 InvokeProblem). */
  | { readonly kind: 'reject'; readonly problem: number }
  /** A bug or damage: logged, and answered as the operation allows. */
  | { readonly kind: 'failure'; readonly error: ErrorData };

/** Requests and replies as they cross: numbered by the front end, in batches. */
export interface NumberedRequest {
  readonly id: number;
  readonly request: Request;
}
export interface NumberedReply {
  readonly id: number;
  readonly reply: Reply;
}
export interface NumberedShardReply {
  readonly id: number;
  readonly reply: ShardReply;
}

/** What a shard holds now, and what it has done since it was opened. */
export interface ShardStatistics {
  readonly mailboxes: number;
  readonly entries: number;
  /** Octets of records that are kept; segments of all kinds, and their octets on disk. */
  readonly journalBytes: number;
  readonly journalSegments: number;
  readonly journalSegmentBytes: number;
  /** Octets of acknowledged messages that have no file yet, these messages, and all changes. */
  readonly fileBacklogBytes: number;
  readonly fileBacklogMessages: number;
  readonly fileBacklogChanges: number;
  readonly cacheBytes: number;
  readonly deliveries: number;
  readonly commits: number;
  readonly records: number;
  readonly recordBytes: number;
  /** Records that had to wait for room in the journal. */
  readonly stalls: number;
  /** Message files created; a message that is deleted early gets none. */
  readonly filesWritten: number;
  readonly fileBytesWritten: number;
  readonly filesSpared: number;
  readonly readsFromCache: number;
  readonly readsFromJournal: number;
  readonly readsFromFile: number;
  readonly checkpoints: number;
  readonly checkpointFailures: number;
}

/** What a shard tells the operator: a log event, in plain data. */
export interface Notice {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly sentence: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Logs that a mailbox can have. FROZEN: the names stand in the journal, and are directories. */
export type LogName = 'delivery-log' | 'submission-log';

/** What is kept of a mailbox's logs. */
export interface LogsKept {
  /** None: no logs. */
  readonly names: readonly LogName[];
  /** More than these are not kept for long: oldest go first, some hundreds at once. */
  readonly entriesMax: number;
  /** Older ones are not kept for long. */
  readonly daysMax: number;
  /** Whether users may delete entries of logs. */
  readonly isDeletable: boolean;
}

/** Of all mailboxes, and of those that differ. */
export interface LogsConfigured {
  readonly everywhere: LogsKept;
  readonly ofMailboxes: Readonly<Record<string, LogsKept>>;
}

/** What a shard thread is started with. All of it is plain data. */
export interface ShardOptions {
  readonly shard: number;
  readonly shardCount: number;
  readonly epoch: number;
  /** DATA of the layout in docs/formats/layout.md. */
  readonly directory: string;
  readonly journalSegmentBytes: number;
  readonly checkpointIntervalMs: number;
  /** How fast message files are read again and verified; 0: not at all. */
  readonly scrubBytesPerSecond: number;
  /** Absent: no mailbox has a log. */
  readonly logs?: LogsConfigured;
}
