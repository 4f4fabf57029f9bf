/**
 * A store small enough to be seen through: one log, written anew at each start, and the rest in
 * memory. Without a flaw it keeps every promise; with one it breaks one, as stores in the field
 * have done. A campaign that does not tell the one from the other proves nothing.
 */
import { join } from 'node:path';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import type { CommitOutcome, DeliveryOutcome, NewMessage } from '../../src/store/contract.js';
import { crcOf } from '../../src/store/disk/crc.js';
import type { Disk } from '../../src/store/disk/disk.js';
import {
  type Entry,
  RETRIEVAL_STATUS,
  type RetrievalStatus,
  type SequenceNumber,
  sequenceNumber,
} from '../../src/x413/entry.js';
import { newEntry } from '../store/samples.js';
import type { OpenContext, Specimen, TestedMailbox, TestedStore } from './power-cut-run.js';

export const FLAWS = [
  'acknowledges a delivery before the sync',
  'acknowledges a removal before the sync',
  'reports a sync that it does not make',
  'does not sync the directory after the rename',
  'renames before the data is synced',
  'forgets the highest number with the message that bore it',
  'takes a torn record for whole',
  'tries a failed sync again',
  'knows repetitions only until it is started again',
  'writes down a status that nobody conveyed',
] as const;

export type Flaw = (typeof FLAWS)[number];

type LogRecord =
  | {
      readonly kind: 'deliver';
      readonly box: MailboxId;
      readonly sequence: number;
      readonly envelope: string;
      readonly content: string | null;
      readonly entries: number;
      readonly identifier: string | null;
      readonly status: RetrievalStatus;
    }
  | { readonly kind: 'remove'; readonly box: MailboxId; readonly sequences: readonly number[] }
  | { readonly kind: 'highest'; readonly box: MailboxId; readonly highest: number }
  | {
      readonly kind: 'status';
      readonly box: MailboxId;
      readonly sequence: number;
      readonly status: RetrievalStatus;
    };

type Delivery = Extract<LogRecord, { kind: 'deliver' }>;

const HEADER_BYTES = 8;

function pack(record: LogRecord): Uint8Array {
  const body = Buffer.from(JSON.stringify(record), 'latin1');
  const octets = Buffer.alloc(HEADER_BYTES + body.length);
  octets.writeUInt32BE(body.length, 0);
  octets.writeUInt32BE(crcOf([body]), 4);
  octets.set(body, HEADER_BYTES);
  return octets;
}

function unpack(log: Uint8Array, flaw: Flaw | null): LogRecord[] {
  const octets = Buffer.from(log);
  const records: LogRecord[] = [];
  for (let at = 0; at + HEADER_BYTES < octets.length; ) {
    const end = at + HEADER_BYTES + octets.readUInt32BE(at);
    const body = octets.subarray(at + HEADER_BYTES, end);
    const isWhole = end <= octets.length && octets.readUInt32BE(at + 4) === crcOf([body]);
    if (!isWhole && (flaw !== 'takes a torn record for whole' || body.length === 0)) break;
    try {
      records.push(JSON.parse(body.toString('latin1').replaceAll('\0', '0')));
    } catch {
      break;
    }
    at = end;
  }
  return records;
}

class ToyMailbox implements TestedMailbox {
  readonly id: MailboxId;
  readonly messages = new Map<number, Delivery>();
  readonly hidden = new Set<number>();
  highest = 0;

  constructor(id: MailboxId) {
    this.id = id;
  }

  get count(): number {
    return [...this.messages.keys()].filter((sequence) => !this.hidden.has(sequence)).length;
  }

  entry(sequence: number): Entry | null {
    for (const entry of this.scan()) if (entry.sequence === sequence) return entry;
    return null;
  }

  *scan(): IterableIterator<Entry> {
    for (const [first, { entries, status }] of this.messages) {
      if (this.hidden.has(first)) continue;
      for (let i = 0; i < entries; i += 1) {
        const { parentIndex, ...facts } = newEntry(i === 0 ? null : 0);
        const parent = parentIndex === null ? 0 : first;
        const sequence = sequenceNumber(first + i);
        yield { ...facts, sequence, parent, children: [], status, conveyed: 0 };
      }
    }
  }

  read(sequence: number) {
    const message = this.messages.get(sequence);
    if (message === undefined) throw new Error(`${sequence} is not here`);
    const { envelope, content } = message;
    const octets = (text: string) => Buffer.from(text, 'base64');
    return { envelope: octets(envelope), content: content === null ? null : octets(content) };
  }
}

interface Staged {
  readonly record: LogRecord;
  readonly done: (failure: string | null) => void;
}

export class ToyStore implements TestedStore {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #flaw: Flaw | null;
  readonly #mailboxes = new Map<MailboxId, ToyMailbox>();
  readonly #identified = new Map<string, number>();
  #handle = 0;
  #at = 0;
  #staged: Staged[] = [];
  #isBusy = false;
  #failure: string | null = null;

  constructor(disk: Disk, directory: string, flaw: Flaw | null) {
    this.#disk = disk;
    this.#path = join(directory, 'log');
    this.#flaw = flaw;
  }

  /** Reads the log, and writes down anew what it comes to. */
  async start(directory: string): Promise<void> {
    this.#disk.makeDirectory(directory);
    for (const record of unpack(this.#disk.readFile(this.#path) ?? new Uint8Array(0), this.#flaw))
      this.#apply(record, this.#flaw !== 'knows repetitions only until it is started again');
    const pieces = [...this.#mailboxes.values()].flatMap((box) => this.#packMailbox(box));
    this.#handle = this.#disk.create(`${this.#path}.new`);
    if (pieces.length > 0) await this.#write(pieces);
    if (this.#flaw !== 'renames before the data is synced') await this.#sync();
    this.#disk.rename(`${this.#path}.new`, this.#path);
    if (this.#flaw !== 'does not sync the directory after the rename')
      this.#disk.syncDirectory(directory);
  }

  mailbox(id: MailboxId): ToyMailbox {
    const mailbox = this.#mailboxes.get(id) ?? new ToyMailbox(id);
    this.#mailboxes.set(id, mailbox);
    return mailbox;
  }

  deliver(id: MailboxId, message: NewMessage, done: (outcome: DeliveryOutcome) => void): void {
    const box = this.mailbox(id);
    const text = (octets: Uint8Array) => Buffer.from(octets).toString('base64');
    const { deliveryIdentifier, envelope, content, entries } = message;
    const identifier = deliveryIdentifier === null ? null : text(deliveryIdentifier);
    const first = identifier === null ? undefined : this.#identified.get(`${id}/${identifier}`);
    if (first !== undefined && box.messages.has(first)) {
      const sequence = sequenceNumber(first);
      done({ outcome: { kind: 'committed' }, sequence, isRepetition: true });
      return;
    }
    const sequence = sequenceNumber(box.highest + 1);
    box.highest += entries.length;
    const record: Delivery = {
      kind: 'deliver',
      box: id,
      sequence,
      envelope: text(envelope),
      content: content === null ? null : text(content),
      entries: entries.length,
      identifier,
      status: 'new',
    };
    const isHasty = this.#flaw === 'acknowledges a delivery before the sync';
    const told = (failure: string | null) => {
      if (failure === null) this.#apply(record, true);
      const isStored = failure === null;
      const outcome = isStored
        ? ({ kind: 'committed' } as const)
        : ({ kind: 'unavailable', detail: failure } as const);
      done({ outcome, sequence: isStored ? sequence : null, isRepetition: false });
    };
    if (isHasty) told(this.#failure);
    this.#stage(record, isHasty ? () => undefined : told);
  }

  remove(
    id: MailboxId,
    mains: readonly SequenceNumber[],
    done: (outcome: CommitOutcome) => void,
  ): void {
    const box = this.mailbox(id);
    const isHasty = this.#flaw === 'acknowledges a removal before the sync';
    for (const main of mains) box.hidden.add(main);
    const record: LogRecord = { kind: 'remove', box: id, sequences: mains };
    const told = (failure: string | null) => {
      for (const main of mains) box.hidden.delete(main);
      if (failure === null) this.#apply(record, true);
      done(failure === null ? { kind: 'committed' } : { kind: 'unavailable', detail: failure });
    };
    if (isHasty) told(this.#failure);
    this.#stage(record, isHasty ? () => undefined : told);
  }

  markConveyed(
    id: MailboxId,
    changes: readonly { readonly sequence: SequenceNumber; readonly status: RetrievalStatus }[],
  ): void {
    for (const { sequence, status } of changes) {
      const record: LogRecord = { kind: 'status', box: id, sequence, status };
      this.#apply(record, true);
      this.#stage(record, () => undefined);
    }
  }

  flush(): void {
    if (this.#isBusy || this.#staged.length === 0) return;
    const batch = this.#staged.splice(0);
    const failure = this.#failure;
    if (failure !== null) {
      for (const { done } of batch) done(failure);
      return;
    }
    this.#isBusy = true;
    this.#write(batch.map(({ record }) => pack(record)))
      .then(() => this.#sync())
      .then(
        () => null,
        (error: Error) => {
          this.#failure = error.message;
          return error.message;
        },
      )
      .then((failure) => {
        this.#isBusy = false;
        for (const { done } of batch) done(failure);
        this.flush();
      });
  }

  async checkpoint(): Promise<void> {
    this.flush();
  }

  async close(): Promise<void> {
    while (this.#isBusy || this.#staged.length > 0) {
      this.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#disk.close(this.#handle);
  }

  #stage(record: LogRecord, done: (failure: string | null) => void): void {
    const failure = this.#failure;
    if (failure === null) this.#staged.push({ record, done });
    else setImmediate(() => done(failure));
  }

  #packMailbox({ id, messages, highest }: ToyMailbox): Uint8Array[] {
    const isForgetful = this.#flaw === 'forgets the highest number with the message that bore it';
    const isAhead = this.#flaw === 'writes down a status that nobody conveyed';
    const records: LogRecord[] = isForgetful ? [] : [{ kind: 'highest', box: id, highest }];
    for (const message of messages.values())
      records.push(isAhead ? { ...message, status: 'processed' } : message);
    return records.map(pack);
  }

  #apply(record: LogRecord, remembers: boolean): void {
    const box = this.mailbox(record.box);
    if (record.kind === 'highest') box.highest = Math.max(box.highest, record.highest);
    else if (record.kind === 'remove')
      for (const main of record.sequences) box.messages.delete(main);
    else if (record.kind === 'status') {
      const message = box.messages.get(record.sequence);
      const isGrown =
        message !== undefined && RETRIEVAL_STATUS[record.status] > RETRIEVAL_STATUS[message.status];
      if (isGrown) box.messages.set(record.sequence, { ...message, status: record.status });
    } else {
      box.messages.set(record.sequence, record);
      box.highest = Math.max(box.highest, record.sequence + record.entries - 1);
      if (remembers && record.identifier !== null)
        this.#identified.set(`${record.box}/${record.identifier}`, record.sequence);
    }
  }

  #write(pieces: readonly Uint8Array[]): Promise<void> {
    const octets = Buffer.concat(pieces);
    const at = this.#at;
    this.#at += octets.length;
    return new Promise((resolve, reject) =>
      this.#disk.write(this.#handle, [octets], at, (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
  }

  async #sync(): Promise<void> {
    if (this.#flaw === 'reports a sync that it does not make') return;
    const once = () =>
      new Promise<void>((resolve, reject) =>
        this.#disk.fdatasync(this.#handle, (error) => (error === null ? resolve() : reject(error))),
      );
    if (this.#flaw === 'tries a failed sync again') await once().catch(once);
    else await once();
  }
}

export function openToy(flaw: Flaw | null): (context: OpenContext) => Promise<Specimen> {
  return async ({ disk, directory }) => {
    const store = new ToyStore(disk, directory, flaw);
    await store.start(directory);
    return { stores: [store], storeOf: () => store };
  };
}
