/** What was noted of a snapshot in lives that were killed, and when it is not trusted any more. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { SnapshotGuard } from '../../src/store/snapshot/snapshot-guard.js';
import { temporaryDirectory } from './samples.js';

const newPath = () => join(temporaryDirectory(), 'index.guard');
const life = (path: string) => new SnapshotGuard(new NodeDisk(), path);

test('a kill in the middle of a read costs nothing, a second one the snapshot', () => {
  const path = newPath();
  life(path).enter('read');
  const second = life(path);
  expect(second.isTrusted).toBe(true);
  second.during('read', () => undefined);
  // Whoever is not in the middle of one when he is killed adds nothing.
  const third = life(path);
  expect(third.isTrusted).toBe(true);
  third.enter('read');
  expect(life(path).isTrusted).toBe(false);
});

test('an orderly end between them forgets the first', () => {
  const path = newPath();
  life(path).enter('read');
  life(path).close();
  life(path).enter('read');
  expect(life(path).isTrusted).toBe(true);
});

test('saves that are cut off count in a row', () => {
  const path = newPath();
  life(path).enter('save');
  const second = life(path);
  expect(second.isTrusted).toBe(true);
  second.during('save', () => undefined);
  life(path).enter('save');
  const last = life(path);
  expect(last.isTrusted).toBe(true);
  last.enter('save');
  expect(life(path).isTrusted).toBe(false);
});

test('what is found damaged is not trusted again, whatever was done with it after that', () => {
  const path = newPath();
  const first = life(path);
  const broken = () => {
    throw new Error('no such page');
  };
  expect(() => first.during('read', broken)).toThrow('no such page');
  first.during('read', () => undefined);
  first.during('save', () => undefined);
  first.close();
  const second = life(path);
  expect(second.isTrusted).toBe(false);
  second.reset();
  expect(life(path).isTrusted).toBe(true);
});

test('a note that cannot be read says nothing against it', () => {
  const path = newPath();
  writeFileSync(path, 'xyz');
  const guard = life(path);
  expect(guard.isTrusted).toBe(true);
  guard.enter('read');
  expect(readFileSync(path, 'latin1')).toBe('read 0 0\n');
});
