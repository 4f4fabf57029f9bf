/**
 * The small JSON files of a data directory: `store.json`, `position`, and `mailbox.json` of each
 * mailbox. They are written beside and renamed, so it takes a disk that lies to tear one. Then it
 * is set aside as `<name>.damaged`, its reader goes on with what is safe without it, and the
 * operator is told.
 *
 * Checked without zod: to load it takes 60 ms of each shard's start, for three members in all.
 *
 * Source: ours. docs/formats/layout.md, docs/adr/0016-torn-or-damaged.md.
 */
import { dirname } from 'node:path';
import { DamageError } from '../../base/errors.js';
import type { Notice } from '../../engine/contract.js';
import type { Disk } from './disk.js';

export type SmallFile = Readonly<Record<string, unknown>>;

/** Null where there is none. Throws DamageError where it is not one JSON object. */
export function readSmallFile(disk: Disk, path: string): SmallFile | null {
  const octets = disk.readFile(path);
  if (octets === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch (cause) {
    throw new DamageError('small-file-damaged', path, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DamageError('small-file-damaged', path);
  return value as SmallFile;
}

/** A count from 0 on. Throws DamageError where it is missing or something else. */
export function countIn(file: SmallFile, member: string, path: string): number {
  const value = file[member];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new DamageError('small-file-damaged', path);
}

/** Keeps a damaged one for a person to look at. Where that is not possible it stays as it is. */
function setAside(disk: Disk, path: string): void {
  try {
    disk.rename(path, `${path}.damaged`);
    disk.syncDirectory(dirname(path));
  } catch {
    // It is replaced when its next version is written.
  }
}

export type OnNotice = (notice: Notice) => void;

/** What is done where a file is damaged: the value without it, and what that means, in words. */
export interface Remedy<T> {
  readonly value: T;
  readonly remedy: string;
}

/** As `read` has it; where the file is damaged it is set aside and told. */
export function unlessDamaged<T>(
  disk: Disk,
  onNotice: OnNotice,
  read: () => T,
  otherwise: () => Remedy<T>,
): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DamageError)) throw error;
    const { code, file } = error;
    setAside(disk, file);
    const { value, remedy } = otherwise();
    const sentence = 'a small file of the store is damaged and was set aside';
    onNotice({ level: 'error', event: code, sentence, fields: { file, remedy } });
    return value;
  }
}
