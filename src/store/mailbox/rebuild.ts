/**
 * The index of a box from its files: directory and front of each file, no content.
 *
 * Source: ours.
 */
import { join } from 'node:path';
import { DamageError } from '../../base/errors.js';
import { CHILD_ENTRIES_MAX, SEQUENCE_NUMBER_MAX } from '../../limits.js';
import { RETRIEVAL_STATUS } from '../../x413/entry.js';
import { type BoxId, statusAtCreation } from '../box.js';
import type { StatusChange } from '../contract.js';
import type { Disk } from '../disk/disk.js';
import type { MessageFront } from '../files/front-section.js';
import { decodeMessageFront, frontLength, MESSAGE_HEADER_BYTES } from '../files/message-file.js';
import { formatMessageName, type MessageName, parseMessageName } from '../files/message-name.js';
import { MailboxIndex } from '../index/mailbox-index.js';
import { boxDirectory, damagedDirectory } from '../layout.js';
import { readBucketStates } from './bucket-states.js';
import { identityOf } from './identities.js';

/** Holds the front of nearly every message, so that one read is enough. */
const FIRST_READ_BYTES = 2_048;
/** Mailboxes of so few buckets are read in one go. */
const SMALL_BUCKETS = 2;

/** One for all reads: a buffer of its own for each would take longer than the reading. */
const room = Buffer.allocUnsafeSlow(FIRST_READ_BYTES);

/**
 * Header and front section of a file, as windows on what the next call overwrites. Throws
 * DamageError.
 */
export function readFront(disk: Disk, path: string): MessageFront {
  let octets = disk.readFront(path, FIRST_READ_BYTES, room) ?? new Uint8Array(0);
  const length = frontLength(octets, path);
  // A damaged length must not make us ask for gigabytes.
  if (length > octets.length && octets.length >= MESSAGE_HEADER_BYTES)
    octets = disk.readFile(path) ?? octets;
  return decodeMessageFront(octets, path);
}

/** Names of messages in one bucket, ascending; of one number the status that is furthest. */
export function namesInBucket(disk: Disk, directory: string): MessageName[] {
  const names = disk.readdir(directory).flatMap((file) => parseMessageName(file) ?? []);
  names.sort(
    (a, b) => a.sequence - b.sequence || RETRIEVAL_STATUS[a.status] - RETRIEVAL_STATUS[b.status],
  );
  return names.filter((name, at) => name.sequence !== names[at + 1]?.sequence);
}

/** Numbers of the buckets of a box, ascending. */
export function bucketsOf(disk: Disk, data: string, id: BoxId): number[] {
  const names = disk.readdir(boxDirectory(data, id)).filter((name) => /^\d{1,7}$/.test(name));
  return names.map(Number).sort((a, b) => a - b);
}

/** The reading of one box, file by file, so that others can be served between. */
export class MailboxReading {
  readonly index = new MailboxIndex();
  /** No number up to it may be given again, by what is damaged. */
  highWater = 0;
  messages = 0;
  readonly #disk: Disk;
  readonly #data: string;
  readonly #id: BoxId;
  readonly #buckets: number[];
  #directory = '';
  #isAtDamaged = false;
  readonly #states: StatusChange[] = [];
  #names: MessageName[] = [];
  #next = 0;

  constructor(disk: Disk, data: string, id: BoxId) {
    this.#disk = disk;
    this.#data = data;
    this.#id = id;
    this.#buckets = bucketsOf(disk, data, id);
  }

  get isSmall(): boolean {
    return this.#buckets.length <= SMALL_BUCKETS;
  }

  /**
   * Reads one file, or opens one bucket. False when there is no more. What cannot be read is
   * reported, with the number it bears, and left where it is.
   */
  readNext(damaged: (error: DamageError) => void): boolean {
    const name = this.#names[this.#next];
    if (name === undefined) {
      return this.#open(this.#buckets.shift());
    }
    this.#next += 1;
    try {
      this.#add(name);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      // How many children it had is not known; their numbers must not be given again either.
      const mark = Math.min(name.sequence + CHILD_ENTRIES_MAX, SEQUENCE_NUMBER_MAX);
      this.highWater = Math.max(this.highWater, mark);
      damaged(error);
    }
    return true;
  }

  /** The next bucket; behind the last, what was set aside, of which the front may be whole. */
  #open(bucket: number | undefined): boolean {
    this.#next = 0;
    this.#directory = boxDirectory(this.#data, this.#id);
    if (bucket !== undefined) {
      this.#directory = join(this.#directory, String(bucket));
      this.#states.push(...readBucketStates(this.#disk, this.#data, this.#id, bucket));
    } else if (!this.#isAtDamaged) {
      this.#isAtDamaged = true;
      this.#directory = damagedDirectory(this.#data, this.#id);
    } else {
      // A child may lie in another bucket than its message: so all of them at the end.
      for (const change of this.#states.splice(0)) {
        // Of a main-entry its name tells the status, and may be ahead of what is told here.
        const isSet = this.index.mainOf(change.sequence) !== change.sequence;
        this.index.change({ ...change, isSet });
      }
      return false;
    }
    this.#names = namesInBucket(this.#disk, this.#directory);
    return true;
  }

  #add(name: MessageName): void {
    // Set aside, and written anew since, from the journal: the whole one counts.
    if (this.#isAtDamaged && this.index.has(name.sequence)) return;
    const path = `${this.#directory}/${formatMessageName(name)}`;
    const { entries, deliveryIdentifier } = readFront(this.#disk, path);
    if (entries[0]?.sequence !== name.sequence) throw new DamageError('message-misnamed', path);
    const identity = identityOf(deliveryIdentifier);
    this.index.insert(entries, name.status, identity, statusAtCreation(this.#id));
    this.messages += 1;
  }
}
