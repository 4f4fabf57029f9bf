/**
 * The registrations of mailboxes: opaque octets, one file a mailbox, replaced as a whole. What a
 * checkpoint has not yet written stays in memory, for the journal holds it.
 *
 * Source: ours. docs/formats/layout.md.
 */
import type { MailboxId } from '../engine/mailbox-id.js';
import { type Disk, replaceFile } from './disk.js';
import * as layout from './layout.js';

/** Durable on return. */
export function writeRegistrations(
  disk: Disk,
  data: string,
  id: MailboxId,
  octets: Uint8Array,
): void {
  disk.makeDirectory(layout.mailboxDirectory(data, id));
  replaceFile(disk, layout.registrationsFile(data, id), octets);
}

export class Registrations {
  readonly #disk: Disk;
  readonly #data: string;
  /** Of every mailbox that was asked for. */
  readonly #known = new Map<MailboxId, Uint8Array | null>();
  readonly #unwritten = new Set<MailboxId>();

  constructor(disk: Disk, data: string) {
    this.#disk = disk;
    this.#data = data;
  }

  get(id: MailboxId): Uint8Array | null {
    let octets = this.#known.get(id);
    if (octets === undefined) {
      octets = this.#disk.readFile(layout.registrationsFile(this.#data, id));
      this.#known.set(id, octets);
    }
    return octets;
  }

  /** After the record is durable. */
  set(id: MailboxId, octets: Uint8Array): void {
    this.#known.set(id, octets);
    this.#unwritten.add(id);
  }

  /** What no checkpoint has written yet. */
  *unwritten(): IterableIterator<readonly [MailboxId, Uint8Array]> {
    for (const id of this.#unwritten) {
      const octets = this.#known.get(id);
      if (octets != null) yield [id, octets];
    }
  }

  /** These octets are durable in the mailbox's file. */
  written(id: MailboxId, octets: Uint8Array): void {
    if (this.#known.get(id) === octets) this.#unwritten.delete(id);
  }
}
