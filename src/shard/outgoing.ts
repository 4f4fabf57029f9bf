/**
 * What leaves a mailbox: a submission is checked and, where a copy is to be kept, journalled; then
 * the front end hands it to the MTS; then its end comes back, the copy is stored, and the user is
 * answered.
 *
 * Invariant: what goes out of which a copy is kept is on disk before. It goes out once.
 *
 * Source: X.413 (1999) 8.3, 6.3; docs/adr/0014.
 */
import { orNull } from '../asn1/elements.js';
import { utcTime } from '../asn1/string.js';
import { formatUtcTime } from '../asn1/time.js';
import { decode, encode } from '../asn1/type.js';
import type { Clock } from '../base/clock.js';
import { copyOctets, equalOctets } from '../base/octets.js';
import type { LogsConfigured, Reply, Request } from '../engine/contract.js';
import { logsKeptOf } from '../engine/logs-kept.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { SubmissionOutcome } from '../engine/mts-port.js';
import { boxOf } from '../store/box.js';
import type { NewMessage, ShardStore, SubmissionKey } from '../store/contract.js';
import { octetsOfKey } from '../store/submissions.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import { MtsIdentifier } from '../x411/identifiers.js';
import { CancelDeferredDeliveryArgument } from '../x411/submission.js';
import { type Edition, ENTRY_CLASS, extensionType } from '../x413/common.js';
import { CACHED_ATTRIBUTE, type SequenceNumber } from '../x413/entry.js';
import { entryClassError, serviceError, unknownExtensionError } from '../x413/errors.js';
import { MessageGroupName } from '../x413/register.js';
import {
  MsSubmissionOptions,
  splitSubmission,
  storeDraftResult,
  withOwnResults,
} from '../x413/submission.js';
import { asksForForwarding, withForwarded } from './forwarding-request.js';
import { refuseUnknownGroups } from './message-groups.js';
import { knownContentType } from './new-entries.js';
import { newSubmissionOf, readSubmission, type Submission } from './new-submission.js';
import type { RegistrationBook } from './registration-book.js';

export type SubmitRequest = Extract<Request, { readonly kind: 'submit' }>;
export type SubmittedRequest = Extract<Request, { readonly kind: 'submitted' }>;
type Done = (reply: Reply) => void;

const GROUP_NAME = '2.6.4.3.57';
const CANCELLATION_TIME = '2.6.4.3.50';
const REMOTE_BIND_ERROR: Reply = {
  kind: 'error',
  code: MTS_ERROR.remoteBindError,
  parameter: null,
};

/** What the options, and what stands for them where there are none, come to. */
interface Keeping {
  /** Null: nothing is kept. */
  readonly box: 'out' | 'draft' | 'submission-log' | null;
  readonly groups: readonly MessageGroupName[];
}

interface Pending extends Keeping {
  readonly mailbox: MailboxId;
  readonly submission: Submission;
}

export class Outgoing {
  readonly #store: ShardStore;
  readonly #book: RegistrationBook;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  readonly #logs: LogsConfigured | undefined;
  readonly #whenFree: (mailbox: MailboxId, act: () => void) => void;

  /**
   * `whenFree`: acts when nothing else is about to write what users have written on entries.
   * `logs` absent: no mailbox has a log.
   */
  constructor(
    store: ShardStore,
    book: RegistrationBook,
    clock: Clock,
    whenFree: (mailbox: MailboxId, act: () => void) => void,
    logs: LogsConfigured | undefined,
  ) {
    this.#store = store;
    this.#book = book;
    this.#clock = clock;
    this.#whenFree = whenFree;
    this.#logs = logs;
  }

  /** Throws a violation for a mistyped argument, and MsRefusal. */
  submit(request: SubmitRequest, done: Done): void {
    const { mailbox, operation, edition } = request;
    if (operation === 'cancel-deferred-delivery') {
      decode(CancelDeferredDeliveryArgument, request.argument);
      done({ kind: 'submission', key: null, argument: null });
      return;
    }
    // A copy: the argument is a window on all that came with it, and its end may be long in coming.
    const octets = copyOctets(request.argument);
    const split = splitSubmission(octets, edition);
    const { argument, submission } = this.#assembled(mailbox, operation, split.argument);
    const { options } = split;
    const keeping = this.#keepingOf(options, request);
    const toMts = { kind: 'submission', argument: argument === octets ? null : argument } as const;
    if (keeping.box === null) done({ ...toMts, key: null });
    else if (keeping.box === 'draft') this.#storeDraft({ mailbox, submission, ...keeping }, done);
    else {
      const { box } = keeping;
      const message = asKeptIn(box, newSubmissionOf(submission, this.#kept(null)));
      this.#store.beginSubmission(boxOf(mailbox, box), message, (_, key) => {
        if (key === null) {
          done(unavailable(edition));
          return;
        }
        this.#pending.set(key, { mailbox, submission, ...keeping });
        done({ ...toMts, key });
      });
    }
  }

  /** Its end. What is not known here any more, for the shard has died since, a start has kept. */
  submitted(request: SubmittedRequest, done: Done): void {
    const { outcome, key, operation, argument, mailbox, edition } = request;
    if (operation === 'cancel-deferred-delivery') {
      if (outcome.kind === 'result') this.#cancelled(mailbox, argument, replyTo(outcome), done);
      else done(replyTo(outcome));
      return;
    }
    const pending = key === null ? undefined : this.#pending.get(key);
    if (key !== null) this.#pending.delete(key);
    if (key === null || pending === undefined) done(replyTo(outcome));
    else if (outcome.kind === 'result')
      this.#storeCopy(pending, key, outcome.result, edition, done);
    else if (outcome.kind === 'unreachable' && outcome.wasSent) {
      this.#storeCopy(pending, key, null, edition, () => done(REMOTE_BIND_ERROR));
    } else {
      this.#store.settleSubmission(key as SubmissionKey);
      done(replyTo(outcome));
    }
  }

  /** With the message of the mailbox in it that is to be forwarded. Throws MsRefusal. */
  #assembled(mailbox: MailboxId, operation: Submission['operation'], argument: Uint8Array) {
    const submission = readSubmission(operation, argument);
    if (!asksForForwarding(submission)) return { argument, submission };
    const type = knownContentType(submission.fields.contentType, submission.content);
    const whole = withForwarded(submission, type, this.#store.mailbox(mailbox));
    return { argument: whole, submission: readSubmission(operation, whole) };
  }

  /** Throws MsRefusal for options that cannot be served. */
  #keepingOf(options: MsSubmissionOptions | null, request: SubmitRequest): Keeping {
    const { mailbox, operation, keeps, edition, userAgent, unsubscribed } = request;
    const registered = edition === '94' ? this.#defaultsOf(mailbox, userAgent ?? null) : null;
    const byDefault = registered?.objectEntryClass ?? (keeps ? ENTRY_CLASS.submission : null);
    const given: Partial<MsSubmissionOptions> = options ?? registered ?? {};
    const { objectEntryClass, addMessageGroupNames: groups = [], extensions = [] } = given;
    const [extension] = extensions;
    if (extension !== undefined) throw unknownExtensionError(extensionType(extension));
    refuseUnknownGroups(groups, this.#book.of(mailbox).messageGroups);
    const entryClass = objectEntryClass ?? byDefault;
    const isLogged = logsKeptOf(this.#logs, mailbox).names.includes('submission-log');
    const log = isLogged ? ('submission-log' as const) : null;
    if (entryClass === null) return { box: log, groups };
    if (unsubscribed?.entryClasses.includes(entryClass)) {
      throw entryClassError(entryClass, 'not-subscribed');
    }
    if (entryClass === ENTRY_CLASS.submission) return { box: 'out', groups } as const;
    // A probe is not written today and sent tomorrow.
    const isMessage = operation === 'message-submission';
    const isDraft = entryClass === ENTRY_CLASS.draft;
    if (isDraft && !isMessage && objectEntryClass === undefined) return { box: log, groups };
    if (isDraft && isMessage) return { box: 'draft', groups } as const;
    const isLog = entryClass === ENTRY_CLASS.submissionLog;
    if (isLog && isLogged) return { box: log, groups };
    throw entryClassError(entryClass, isLog ? 'unsupported' : 'inappropriate');
  }

  /** What the user has registered to stand where he says nothing. */
  #defaultsOf(mailbox: MailboxId, userAgent: string | null): MsSubmissionOptions | null {
    const { submissionDefaults, userAgents } = this.#book.of(mailbox);
    const own = userAgents.find(({ identifier }) => identifier === userAgent);
    const octets = own?.submission ?? submissionDefaults;
    return octets === null ? null : decode(MsSubmissionOptions, octets);
  }

  #storeDraft(pending: Pending, done: Done): void {
    const message = newSubmissionOf(pending.submission, { ...this.#kept(null), isDraft: true });
    this.#storeEntry(pending, message, (createdEntry) => {
      if (createdEntry === null) done(unavailable('94'));
      else done({ kind: 'result', result: storeDraftResult({ createdEntry }) });
    });
  }

  /** Where it cannot be stored the user hears all the same that his message has gone. */
  #storeCopy(
    pending: Pending,
    key: string,
    result: Uint8Array | null,
    edition: Edition,
    done: Done,
  ): void {
    const deliveryIdentifier = octetsOfKey(key as SubmissionKey);
    const kept = { ...this.#kept(result), deliveryIdentifier };
    const message = asKeptIn(pending.box, newSubmissionOf(pending.submission, kept));
    this.#storeEntry(pending, message, (createdEntry) => {
      const octets = result ?? new Uint8Array(0);
      const isTold = createdEntry !== null && edition === '94' && result !== null;
      // What the MTA has said may be no result at all: then it is the user's to make out.
      const own = isTold ? orNull(() => withOwnResults(octets, { createdEntry })) : null;
      done({ kind: 'result', result: own ?? octets });
    });
  }

  #kept(result: Uint8Array | null) {
    const creationTime = Math.floor(this.#clock.nowMs() / 1_000);
    return { creationTime, result, isDraft: false, deliveryIdentifier: null };
  }

  /** Null where it could not be stored. */
  #storeEntry(
    { mailbox, box, groups }: Pending,
    message: NewMessage,
    done: (created: SequenceNumber | null) => void,
  ): void {
    this.#store.deliver(boxOf(mailbox, box ?? 'out'), message, ({ sequence }) => {
      if (sequence === null || groups.length === 0) {
        done(sequence);
        return;
      }
      const values = groups.map((group) => encode(MessageGroupName, group));
      this.#mark(mailbox, sequence, GROUP_NAME, values, () => done(sequence));
    });
    this.#store.flush();
  }

  /** The MTS has given it up; the entry of it, where there is one, says since when. */
  #cancelled(mailbox: MailboxId, argument: Uint8Array, reply: Reply, done: Done): void {
    const identifier = encode(MtsIdentifier, decode(MtsIdentifier, argument));
    const entry = this.#submissionOf(mailbox, identifier);
    if (entry === null) {
      done(reply);
      return;
    }
    const time = formatUtcTime(Math.floor(this.#clock.nowMs() / 1_000));
    const value = encode(utcTime, time);
    this.#mark(mailbox, entry, CANCELLATION_TIME, [value], () => done(reply));
    this.#store.flush();
  }

  #submissionOf(mailbox: MailboxId, identifier: Uint8Array): SequenceNumber | null {
    const box = this.#store.mailbox(boxOf(mailbox, 'out'));
    const all = { from: null, to: null, includesChildren: false, statuses: null };
    for (const entry of box.scan(all)) {
      const own = entry.cached.get(CACHED_ATTRIBUTE.messageIdentifier);
      if (own !== undefined && equalOctets(own, identifier)) return entry.sequence;
    }
    return null;
  }

  /** What cannot be marked is submitted, or cancelled, all the same. */
  #mark(
    mailbox: MailboxId,
    sequence: SequenceNumber,
    type: string,
    values: readonly Uint8Array[],
    done: () => void,
  ): void {
    this.#whenFree(mailbox, () => {
      const { marks } = this.#book.of(mailbox);
      const own = new Map(marks.get(sequence)).set(type, values);
      this.#book.change(mailbox, { marks: new Map(marks).set(sequence, own) }, done);
      // We may be called from a commit: what was staged now goes with the next one.
      queueMicrotask(() => this.#store.flush());
    });
  }
}

/** Of what only a log tells of, nothing is kept but the envelope. */
function asKeptIn(box: Keeping['box'], message: NewMessage): NewMessage {
  if (box !== 'submission-log') return message;
  return { ...message, content: null, entries: message.entries.slice(0, 1) };
}

/** X.411 of 1988 has no service-error; both say that it may be tried again. */
function unavailable(edition: Edition): Reply {
  if (edition === '88') return REMOTE_BIND_ERROR;
  return { kind: 'error', ...serviceError('unavailable').parameter };
}

/** The MTS's answer as the user's. */
function replyTo(outcome: SubmissionOutcome): Reply {
  return outcome.kind === 'unreachable' ? REMOTE_BIND_ERROR : outcome;
}
