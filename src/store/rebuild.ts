/**
 * The index of a mailbox from its files: directory and front of each file, no content.
 *
 * Source: ours.
 */
import { join } from 'node:path';
import { DamageError } from '../base/errors.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { Disk } from './disk.js';
import { inDirectory } from './layout.js';
import {
  decodeMessageFront,
  frontLength,
  MESSAGE_HEADER_BYTES,
  type MessageFront,
} from './message-file.js';
import { type MessageName, parseMessageName } from './message-name.js';

/** Holds the front of nearly every message, so that one read is enough. */
const FIRST_READ_BYTES = 4_096;

export interface FoundMessage {
  readonly name: MessageName;
  readonly front: MessageFront;
}

function readFront(disk: Disk, path: string): MessageFront {
  let octets = disk.readFront(path, FIRST_READ_BYTES) ?? new Uint8Array(0);
  const length = frontLength(octets, path);
  // A damaged length must not make us ask for gigabytes.
  if (length > octets.length && octets.length >= MESSAGE_HEADER_BYTES)
    octets = disk.readFile(path) ?? octets;
  return decodeMessageFront(octets, path);
}

/**
 * Ascending by number. What cannot be read is reported, with the number it bears, and left where it
 * is.
 */
export function readMailbox(
  disk: Disk,
  data: string,
  id: MailboxId,
  damaged: (error: DamageError, sequence: number) => void,
): FoundMessage[] {
  const found = new Map<number, FoundMessage>();
  const root = inDirectory(data, id);
  for (const bucket of disk.readdir(root)) {
    for (const file of disk.readdir(join(root, bucket))) {
      const name = parseMessageName(file);
      if (name === null) continue;
      try {
        const front = readFront(disk, join(root, bucket, file));
        if (front.entries[0]?.sequence !== name.sequence)
          throw new DamageError('message-misnamed', join(root, bucket, file));
        found.set(name.sequence, { name, front });
      } catch (error) {
        if (!(error instanceof DamageError)) throw error;
        damaged(error, name.sequence);
      }
    }
  }
  return [...found.values()].sort((a, b) => a.name.sequence - b.name.sequence);
}
