/**
 * The registrations of mailboxes: opaque octets, one file a mailbox, replaced as a whole. What a
 * checkpoint has not yet written stays in memory, for the journal holds it.
 *
 * Source: ours. docs/formats/layout.md.
 */
import type { MailboxId } from '../../engine/mailbox-id.js';
import { type Disk, replaceFile } from '../disk/disk.js';
import * as layout from '../layout.js';

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
  /** As bounded as the journal that holds them too. */
  readonly #unwritten = new Map<MailboxId, Uint8Array>();

  constructor(disk: Disk, data: string) {
    this.#disk = disk;
    this.#data = data;
  }

  /** Reads the file each time: who asks remembers what he makes of it. */
  get(id: MailboxId): Uint8Array | null {
    const path = layout.registrationsFile(this.#data, id);
    return this.#unwritten.get(id) ?? this.#disk.readFile(path);
  }

  /** After the record is durable. */
  set(id: MailboxId, octets: Uint8Array): void {
    this.#unwritten.set(id, octets);
  }

  /** What no checkpoint has written yet. */
  unwritten(): Iterable<readonly [MailboxId, Uint8Array]> {
    return this.#unwritten;
  }

  /** These octets are durable in the mailbox's file. */
  written(id: MailboxId, octets: Uint8Array): void {
    if (this.#unwritten.get(id) === octets) this.#unwritten.delete(id);
  }
}
