import { cpSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FailingDisk } from '../fault/failing-disk.js';
import { BOX, mailboxId, openSample, register, temporaryDirectory } from './samples.js';

const octets = (text: string) => new Uint8Array(Buffer.from(text));
const text = (value: Uint8Array | null) => (value === null ? null : Buffer.from(value).toString());

test('registrations are replaced as a whole, and are each mailbox its own', async () => {
  const store = await openSample(temporaryDirectory());
  expect(store.registrations(BOX)).toBe(null);
  expect((await register(store, octets('one'))).kind).toBe('committed');
  expect((await register(store, octets('other'), mailboxId('box-2'))).kind).toBe('committed');
  expect((await register(store, octets('two'))).kind).toBe('committed');
  expect(text(store.registrations(BOX))).toBe('two');
  expect(text(store.registrations(mailboxId('box-2')))).toBe('other');
  expect((await register(store, octets(''))).kind).toBe('committed');
  expect(text(store.registrations(BOX))).toBe('');
  await store.close();
});

test('registrations are seen after their commit, not before', async () => {
  const store = await openSample(temporaryDirectory());
  const given = octets('one');
  const outcome = register(store, given);
  expect(store.registrations(BOX)).toBe(null);
  given.fill(0);
  await outcome;
  expect(text(store.registrations(BOX))).toBe('one');
  await store.close();
});

test.each([
  ['with all in the journal', false, false],
  ['after a checkpoint', true, false],
  ['with a file and a later record', true, true],
])('registrations outlive a kill %s', async (_, saves, changes) => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await register(store, octets('one'));
  await register(store, octets('two'));
  if (saves) await store.checkpoint();
  if (changes) await register(store, octets('three'));
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  await store.close();
  for (const place of [copy, copy, directory]) {
    const again = await openSample(place);
    expect(text(again.registrations(BOX))).toBe(changes ? 'three' : 'two');
    await again.close();
  }
});

test('registrations whose record could not be made durable are as before', async () => {
  const disk = new FailingDisk();
  const store = await openSample(temporaryDirectory(), { disk });
  await register(store, octets('one'));
  disk.failing.add('fdatasync');
  expect((await register(store, octets('two'))).kind).toBe('unavailable');
  expect(text(store.registrations(BOX))).toBe('one');
  disk.failing.clear();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect((await register(store, octets('three'))).kind).toBe('committed');
  expect(text(store.registrations(BOX))).toBe('three');
  await store.close();
});
