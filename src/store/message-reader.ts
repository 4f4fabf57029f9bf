/**
 * A message's octets, from where they are quickest to be had: memory, the journal, its file.
 *
 * Source: ours.
 */
import { DamageError } from '../base/errors.js';
import type { RetrievalStatus, SequenceNumber } from '../x413/entry.js';
import type { Backlog } from './backlog.js';
import type { BoxId } from './box.js';
import type { StoredMessage } from './contract.js';
import type { Disk } from './disk.js';
import { namesOf } from './file-writer.js';
import * as layout from './layout.js';
import type { MailboxStore } from './mailbox-store.js';
import type { MessageCache } from './message-cache.js';
import { decodeMessageFile } from './message-file.js';
import type { MessageName } from './message-name.js';

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
  #fromCache = 0;
  #fromJournal = 0;
  #fromFile = 0;

  constructor(parts: MessageReaderParts) {
    this.#parts = parts;
  }

  statistics() {
    return {
      readsFromCache: this.#fromCache,
      readsFromJournal: this.#fromJournal,
      readsFromFile: this.#fromFile,
    };
  }

  /** Throws DamageError. */
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
    const { disk, data, setAside } = this.#parts;
    const paths = names.map((status) => layout.messageFile(data, id, { sequence, status }));
    const [first = ''] = paths;
    if (damaged.has(sequence)) throw new DamageError('message-damaged', first);
    for (const [i, path] of paths.entries()) {
      const octets = disk.readFile(path);
      if (octets === null) continue;
      try {
        return decodeMessageFile(octets, path);
      } catch (error) {
        setAside(id, { sequence, status: names[i] ?? 'new' });
        throw error;
      }
    }
    throw new DamageError('message-missing', first);
  }
}
