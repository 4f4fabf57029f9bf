/**
 * Which delivery has been here before. An MTA whose association broke before it read the
 * acknowledgement delivers again; the message must be there once.
 *
 * What is stored is found by a hash in the index, and compared. What was removed in the meantime is
 * remembered for a while: a client that fetches and deletes at once is faster than an MTA that
 * binds again. It is forgotten then, so that an operator may have a message delivered anew.
 *
 * Source: ours; X.411 (1999) 8.3.1.1 for the identifier.
 */
import type { Clock } from '../../base/clock.js';
import { REPETITION_TIME_MS, REPETITIONS_REMEMBERED_MAX } from '../../limits.js';
import { CACHED_ATTRIBUTE, type SequenceNumber, sequenceNumber } from '../../x413/entry.js';
import type { DeliveryOutcome, NewMessage } from '../contract.js';
import { identityOf } from './identities.js';
import type { MailboxStore } from './mailbox-store.js';

const NOTHING = new Uint8Array(0);

/** A delivery on its way to the journal, and those who repeated it meanwhile. */
export interface InFlight {
  readonly waiting: ((outcome: DeliveryOutcome) => void)[];
}

export type Repetition =
  | { readonly kind: 'stored'; readonly sequence: SequenceNumber }
  | ({ readonly kind: 'in flight' } & InFlight);

export class Repetitions {
  readonly #clock: Clock;
  readonly #inFlight = new Map<string, InFlight>();
  /** Oldest first. */
  readonly #removed = new Map<string, { sequence: SequenceNumber; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the message repeats, or null. */
  #find(mailbox: MailboxStore, message: NewMessage): Repetition | null {
    const { deliveryIdentifier, entries } = message;
    const [main] = entries;
    if (deliveryIdentifier === null || main === undefined) return null;
    const key = keyOf(mailbox, deliveryIdentifier);
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined) return { kind: 'in flight', ...inFlight };
    const identity = identityOf(deliveryIdentifier);
    const identifier = main.cached.get(CACHED_ATTRIBUTE.messageIdentifier) ?? NOTHING;
    const removed =
      this.#removed.size === 0
        ? undefined
        : this.#removed.get(removedKeyOf(mailbox, identity, identifier));
    if (removed !== undefined && this.#clock.monotonicMs() - removed.atMs < REPETITION_TIME_MS) {
      return { kind: 'stored', sequence: removed.sequence };
    }
    const recipient = main.cached.get(CACHED_ATTRIBUTE.thisRecipientName) ?? NOTHING;
    const found = mailbox.identities().find(identity, (sequence) => {
      const { index } = mailbox;
      const has = (attribute: 3 | 8, octets: Uint8Array) =>
        Buffer.compare(index.cached(sequence, attribute) ?? NOTHING, octets) === 0;
      return (
        has(CACHED_ATTRIBUTE.messageIdentifier, identifier) &&
        has(CACHED_ATTRIBUTE.thisRecipientName, recipient) &&
        index.entry(sequence)?.contentLength === main.contentLength
      );
    });
    return found === 0 ? null : { kind: 'stored', sequence: sequenceNumber(found) };
  }

  /** False where the message is no repetition; else the deliverer is told, when it can be. */
  answer(
    mailbox: MailboxStore,
    message: NewMessage,
    done: (outcome: DeliveryOutcome) => void,
  ): boolean {
    const repetition = this.#find(mailbox, message);
    if (repetition === null) return false;
    if (repetition.kind === 'in flight') {
      repetition.waiting.push(done);
      return true;
    }
    const { sequence } = repetition;
    const outcome = { kind: 'committed' } as const;
    setImmediate(() => done({ outcome, sequence, isRepetition: true }));
    return true;
  }

  /** The delivery is on its way; what it is known by until {@link end}. */
  begin(mailbox: MailboxStore, identifier: Uint8Array | null): string | null {
    if (identifier === null) return null;
    const key = keyOf(mailbox, identifier);
    this.#inFlight.set(key, { waiting: [] });
    return key;
  }

  /** It has come to an end: those who have been waiting to hear. */
  end(key: string | null): InFlight['waiting'] {
    const inFlight = key === null ? undefined : this.#inFlight.get(key);
    if (key === null || inFlight === undefined) return [];
    this.#inFlight.delete(key);
    return inFlight.waiting;
  }

  /** A main-entry is about to go. */
  remove(mailbox: MailboxStore, main: SequenceNumber): void {
    const identity = mailbox.index.identityOf(main);
    if (identity === 0) return;
    const identifier = mailbox.index.cached(main, CACHED_ATTRIBUTE.messageIdentifier);
    if (identifier === undefined) return;
    const atMs = this.#clock.monotonicMs();
    this.#removed.set(removedKeyOf(mailbox, identity, identifier), { sequence: main, atMs });
    for (const [key, { atMs: since }] of this.#removed) {
      const isOld = atMs - since >= REPETITION_TIME_MS;
      if (!isOld && this.#removed.size <= REPETITIONS_REMEMBERED_MAX) return;
      this.#removed.delete(key);
    }
  }
}

/** What the index still knows of a message: the hash holds its content too. */
function removedKeyOf(mailbox: MailboxStore, identity: number, identifier: Uint8Array): string {
  return `${identity}/${keyOf(mailbox, identifier)}`;
}

function keyOf(mailbox: MailboxStore, identifier: Uint8Array): string {
  return `${mailbox.id}/${latin1Of(identifier)}`;
}

/** Of octets as they are: a Buffer made of an array would be a copy. */
function latin1Of({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}
