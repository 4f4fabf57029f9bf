/**
 * What every operation of the retrieval port has in common: with what it is asked besides its
 * argument, what it comes to, and what is checked of every argument before anything else.
 *
 * Source: X.413 (1999) 8.2, 9.12, 9.17; X.413 (1988) 8 for information-base.
 */
import type { Pieces } from '../base/octets.js';
import type { FetchRestrictions, LogsKept, Unsubscribed } from '../engine/contract.js';
import { NO_LOGS } from '../engine/logs-kept.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { type BoxId, type BoxName, boxesOf, boxName, boxOf } from '../store/box.js';
import type { Mailbox, StatusChange } from '../store/contract.js';
import {
  type Edition,
  ENTRY_CLASS,
  entryClassesServed,
  extensionType,
  isLogClass,
  LOG_ENTRY_CLASS,
} from '../x413/common.js';
import { entryClassError, invalidParametersError, unknownExtensionError } from '../x413/errors.js';
import type { Marks } from './marks.js';
import type { AttributeDefaults } from './registrations.js';
import type { Pace } from './sliced.js';

export interface OperationContext {
  /** The entries of the class that is asked for. */
  readonly mailbox: Mailbox;
  /** Of the association: it decides what exists. */
  readonly edition: Edition;
  /** fetch-restrictions of the bind. */
  readonly restrictions: FetchRestrictions | undefined;
  /** What is asked for where the argument asks for no attributes. */
  readonly defaults: AttributeDefaults;
  /** Absent: all that is served is subscribed to. */
  readonly unsubscribed?: Unsubscribed;
  /** What the user has written on entries. */
  readonly marks: Marks;
  /** Logs of the mailbox; absent: it has none. */
  readonly logs?: LogsKept;
  /** Of a log's class: whether the message of that number is still there. */
  readonly isStored?: (sequence: number) => boolean;
  /** Absent: it is done at once. */
  readonly pace?: Pace;
}

/**
 * The boxes of a mailbox whose entries are of the class: none for one that is not served. What is
 * not subscribed to is not in the union of classes either.
 */
export function boxesOfClass(
  mailbox: MailboxId,
  entryClass: number,
  { entryClasses }: Pick<Unsubscribed, 'entryClasses'> = ALL,
  logs: LogsKept = NO_LOGS,
): BoxId[] {
  if (isLogClass(entryClass)) {
    const isOf = (one: number) => entryClass === ENTRY_CLASS.messageLog || one === entryClass;
    return logs.names
      .filter((name) => isOf(LOG_ENTRY_CLASS[name]))
      .filter((name) => !entryClasses.includes(LOG_ENTRY_CLASS[name]))
      .map((name) => boxOf(mailbox, name));
  }
  if (entryClass === ENTRY_CLASS.storedMessage) {
    const without = entryClasses.map((one) => BOX_OF_CLASS.get(one));
    return boxesOf(mailbox).filter((box) => !without.includes(boxName(box)));
  }
  const name = BOX_OF_CLASS.get(entryClass);
  return name === undefined ? [] : [boxOf(mailbox, name)];
}

const ALL = { entryClasses: [] };

const BOX_OF_CLASS: ReadonlyMap<number, BoxName> = new Map([
  [ENTRY_CLASS.delivery, 'in'],
  [ENTRY_CLASS.submission, 'out'],
  [ENTRY_CLASS.draft, 'draft'],
]);

interface Asker {
  readonly edition: Edition;
  readonly unsubscribed?: Pick<Unsubscribed, 'entryClasses'>;
  readonly logs?: LogsKept;
}

/** The encoded result, and what having conveyed it does to the entries. */
export interface Outcome {
  /** Windows on what was read, among others: good until the turn ends. */
  readonly result: Pieces;
  readonly changes: readonly StatusChange[];
}

/**
 * Refuses an argument with extensions that are not known and with a class that is not served, or
 * not subscribed to. What 1988 does not have makes no sense there.
 */
export function checkArgument(
  {
    entryClass,
    extensions,
  }: {
    readonly entryClass: number;
    readonly extensions?: readonly Uint8Array[];
  },
  { edition, unsubscribed = ALL, logs = NO_LOGS }: Asker,
  known: readonly string[] = [],
): void {
  if (edition === '88') {
    if (entryClass !== ENTRY_CLASS.delivery || extensions !== undefined) {
      throw invalidParametersError();
    }
    return;
  }
  for (const extension of extensions ?? []) {
    const type = extensionType(extension);
    if (!known.includes(type)) throw unknownExtensionError(type);
  }
  if (!entryClassesServed(logs.names).includes(entryClass)) {
    throw entryClassError(entryClass, 'unsupported');
  }
  if (unsubscribed.entryClasses.includes(entryClass)) {
    throw entryClassError(entryClass, 'not-subscribed');
  }
}
