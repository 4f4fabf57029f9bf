/**
 * A message's octets, from where they are quickest to be had: memory, the journal, its file.
 *
 * Source: ours.
 */
import { DamageError } from '../../base/errors.js';
import { BUCKET_ENTRIES } from '../../limits.js';
import type { RetrievalStatus, SequenceNumber } from '../../x413/entry.js';
import type { BoxId } from '../box.js';
import type { StoredMessage } from '../contract.js';
import type { Disk } from '../disk/disk.js';
import type { Backlog } from '../files/backlog.js';
import { namesOf } from '../files/file-writer.js';
import { decodeMessageFile } from '../files/message-file.js';
import { formatMessageName, type MessageName } from '../files/message-name.js';
import { ReadingRoom } from '../files/reading-room.js';
import * as layout from '../layout.js';
import type { MailboxStore } from './mailbox-store.js';
import type { MessageCache } from './message-cache.js';

export interface MessageReaderParts {
  readonly disk: Disk;
  readonly data: string;
  readonly cache: MessageCache;
  readonly backlog: Backlog;
  /** A file is not what was written. */
  readonly setAside: (id: BoxId, name: MessageName) => void;
}

export class MessageReader {
  readonly #parts: MessageReaderParts;
  readonly #room: ReadingRoom;
  /** That of the last file: the next one is its neighbour, mostly. */
  #directory = { id: '', bucket: -1, path: '' };
  #fromCache = 0;
  #fromJournal = 0;
  #fromFile = 0;

  constructor(parts: MessageReaderParts) {
    this.#parts = parts;
    this.#room = new ReadingRoom(parts.disk);
  }

  statistics() {
    return {
      readsFromCache: this.#fromCache,
      readsFromJournal: this.#fromJournal,
      readsFromFile: this.#fromFile,
    };
  }

  /** Good until this turn of the event loop ends. Throws DamageError. */
  read(mailbox: MailboxStore, sequence: SequenceNumber): StoredMessage {
    const { cache, backlog } = this.#parts;
    const { id } = mailbox;
    const cached = cache.get(id, sequence);
    if (cached !== null) {
      this.#fromCache += 1;
      return decodeMessageFile(cached, id, true);
    }
    const work = backlog.get(id, sequence);
    if (work?.image != null) {
      this.#fromJournal += 1;
      const { segment, at, bytes } = work.image;
      return decodeMessageFile(segment.read(at, bytes), segment.path);
    }
    this.#fromFile += 1;
    const now = mailbox.index.entry(sequence)?.status ?? 'new';
    return this.#readFile(mailbox, sequence, namesOf(work?.from ?? now));
  }

  /** Under the first of the names that is there. */
  #readFile(
    { id, damaged }: MailboxStore,
    sequence: SequenceNumber,
    names: readonly RetrievalStatus[],
  ): StoredMessage {
    const directory = this.#directoryOf(id, sequence);
    const pathOf = (status: RetrievalStatus = 'new') =>
      `${directory}/${formatMessageName({ sequence, status })}`;
    if (damaged.has(sequence)) throw new DamageError('message-damaged', pathOf(names[0]));
    for (const status of names) {
      const path = pathOf(status);
      const octets = this.#room.read(path);
      if (octets === null) continue;
      try {
        return decodeMessageFile(octets, path);
      } catch (error) {
        this.#parts.setAside(id, { sequence, status });
        throw error;
      }
    }
    throw new DamageError('message-missing', pathOf(names[0]));
  }

  #directoryOf(id: BoxId, sequence: SequenceNumber): string {
    const bucket = Math.floor(sequence / BUCKET_ENTRIES);
    if (this.#directory.id !== id || this.#directory.bucket !== bucket) {
      const path = layout.bucketDirectory(this.#parts.data, id, sequence);
      this.#directory = { id, bucket, path };
    }
    return this.#directory.path;
  }
}
