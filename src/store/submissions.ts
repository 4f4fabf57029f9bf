/**
 * Submissions between us and the MTS. A message of which a copy is to be kept is journalled before
 * it goes out, under a key. It is settled when its copy is stored, which has that key as delivery
 * identifier, or when it is known that the MTS has not taken it.
 *
 * Invariant: what is not settled is in the journal, which is not recycled beyond it. A start that
 * finds such a message stores it as it is, for nobody knows whether the MTS has it, and never sends
 * it again.
 *
 * Source: ours. docs/formats/journal.md, docs/adr/0014.
 */
import { randomBytes } from 'node:crypto';
import { present } from '../base/assert.js';
import { formatHex, joinOctets, parseHex } from '../base/octets.js';
import type { Notice } from '../engine/contract.js';
import { slotOf } from '../engine/mailbox-id.js';
import type { SequenceNumber } from '../x413/entry.js';
import { type BoxId, boxName, mailboxOf } from './box.js';
import type {
  CommitOutcome,
  DeliveryOutcome,
  NewMessage,
  ShardStore,
  SubmissionKey,
} from './contract.js';
import {
  decodeMessageFront,
  numberEntries,
  planMessageFile,
  unnumberedMessage,
} from './files/message-file.js';
import type { Journal } from './journal/journal.js';
import {
  DeliverBody,
  type JournalRecord,
  mailboxOctets,
  PiecesBody,
  RECORD_TYPE,
  splitMailbox,
} from './journal/journal-record.js';
import type { MailboxStore } from './mailbox/mailbox-store.js';

const KEY_BYTES = 16;
/** How long after a copy could not be stored it is tried again. */
const RETRY_PAUSE_MS = 1_000;
const COMMITTED: CommitOutcome = { kind: 'committed' };

/** A submission of which the journal does not tell what became. */
export interface OpenSubmission {
  readonly box: BoxId;
  readonly lsn: number;
  readonly message: NewMessage;
}

/** Reads the records of a journal, in order, for submissions that are not settled. */
export class OpenSubmissions {
  readonly open = new Map<SubmissionKey, OpenSubmission>();

  read({ type, body, lsn }: JournalRecord): void {
    const { submit, settled, deliver } = RECORD_TYPE;
    if (type === submit) {
      const { id, rest } = splitMailbox(body);
      const image = Buffer.from(rest.subarray(KEY_BYTES));
      const message = unnumberedMessage(image, 'journal');
      this.open.set(keyOf(rest.subarray(0, KEY_BYTES)), { box: id, lsn, message });
    } else if (type === settled) {
      this.open.delete(keyOf(splitMailbox(body).rest));
    } else if (type === deliver && this.open.size > 0) {
      const { id, rest } = splitMailbox(body);
      if (boxName(id) === 'in') return;
      const { deliveryIdentifier } = decodeMessageFront(rest, 'journal');
      if (deliveryIdentifier !== null) this.open.delete(keyOf(deliveryIdentifier));
    }
  }
}

function keyOf(octets: Uint8Array): SubmissionKey {
  return formatHex(octets) as SubmissionKey;
}

/** What the copy of a submission has as its delivery identifier. */
export function octetsOfKey(key: SubmissionKey): Uint8Array {
  return present(parseHex(key), 'a key is hexadecimal');
}

interface Unsettled {
  readonly box: BoxId;
  readonly lsn: number;
}

export class Submissions {
  readonly #journal: Journal;
  /** Ascending by LSN. */
  readonly #unsettled = new Map<SubmissionKey, Unsettled>();
  readonly #retries = new Set<NodeJS.Timeout>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** The journal is needed from there on; null where no submission needs it. */
  oldestLsn(): number | null {
    for (const { lsn } of this.#unsettled.values()) return lsn;
    return null;
  }

  begin(
    mailbox: MailboxStore,
    message: NewMessage,
    done: (outcome: CommitOutcome, key: SubmissionKey | null) => void,
  ): void {
    const deliveryIdentifier = randomBytes(KEY_BYTES);
    const key = keyOf(deliveryIdentifier);
    const plan = planMessageFile(numberEntries(1, { ...message, deliveryIdentifier }), message);
    this.#journal.append({
      type: RECORD_TYPE.submit,
      slot: mailbox.slot,
      body: new DeliverBody(joinOctets([mailbox.octets, deliveryIdentifier]), plan),
      committed: ({ lsn }) => {
        this.#unsettled.set(key, { box: mailbox.id, lsn });
        done(COMMITTED, key);
      },
      failed: (detail) => done({ kind: 'unavailable', detail }, null),
    });
  }

  /** The MTS has not taken it. Where the record is lost, a start stores the message as in doubt. */
  settle(key: SubmissionKey): void {
    const unsettled = this.#unsettled.get(key);
    if (unsettled === undefined) return;
    const { box } = unsettled;
    this.#journal.append({
      type: RECORD_TYPE.settled,
      slot: slotOf(mailboxOf(box)),
      body: new PiecesBody([mailboxOctets(box), octetsOfKey(key)]),
      committed: () => this.#unsettled.delete(key),
      failed: () => this.#later(() => this.settle(key)),
    });
  }

  /** Of an earlier life: {@link storeOpen} is about to store them. */
  adopt(open: OpenSubmissions['open']): void {
    for (const [key, { box, lsn }] of open) this.#unsettled.set(key, { box, lsn });
  }

  /** Their end was not seen: the MTS may have them or not, and who submitted them shall know. */
  storeOpen(
    open: OpenSubmissions['open'],
    store: Pick<ShardStore, 'prepare' | 'deliver' | 'flush' | 'checkpoint'>,
    onNotice: (notice: Notice) => void,
    storedBefore: (box: BoxId, sequence: SequenceNumber) => boolean,
  ): void {
    for (const [key, { box, message }] of open) {
      const mailbox = mailboxOf(box);
      const event = 'submission.in-doubt';
      const stored = ({ outcome, sequence, isRepetition }: DeliveryOutcome) => {
        if (outcome.kind !== 'committed' || sequence === null) return;
        // Only its file tells, and that may go: a start for another number of shards, which did not
        // come to its end, has put it there.
        if (isRepetition) {
          // What its log lacks is in no record: not settled before it is on disk.
          const settle = () => this.settle(key);
          if (!storedBefore(box, sequence)) settle();
          else void store.checkpoint().then(settle, () => undefined);
        }
        const sentence = 'the end of a submission was not seen: it is kept, and not sent again';
        onNotice({ level: 'warn', event, sentence, fields: { mailbox, sequence } });
      };
      const keep = async () => {
        await store.prepare(mailbox, true);
        store.deliver(box, message, stored);
        store.flush();
      };
      // Until it is stored the journal has it: a mailbox that cannot be read loses nothing by that.
      keep().catch((error: unknown) => {
        const sentence = 'the end of a submission was not seen: the next start keeps it';
        const detail = error instanceof Error ? error.message : String(error);
        onNotice({ level: 'error', event, sentence, fields: { mailbox, detail } });
      });
    }
  }

  /** A message has been stored, maybe the copy of a submission. */
  stored(deliveryIdentifier: Uint8Array | null): void {
    if (this.#unsettled.size === 0 || deliveryIdentifier === null) return;
    this.#unsettled.delete(keyOf(deliveryIdentifier));
  }

  /** A message could not be stored; where it is the copy of a submission, it is tried again. */
  notStored(deliveryIdentifier: Uint8Array | null, again: () => void): void {
    if (this.#unsettled.size === 0 || deliveryIdentifier === null) return;
    if (this.#unsettled.has(keyOf(deliveryIdentifier))) this.#later(again);
  }

  close(): void {
    for (const retry of this.#retries) clearTimeout(retry);
  }

  #later(again: () => void): void {
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      again();
      this.#journal.flush();
    }, RETRY_PAUSE_MS);
    retry.unref();
    this.#retries.add(retry);
  }
}
