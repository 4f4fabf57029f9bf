/** What a shard remembers of registrations: bounded, and never less than what is on its way. */
import { expect, test } from 'vitest';
import { RegistrationBook } from '../../src/shard/registration-book.js';
import type { CommitOutcome } from '../../src/store/contract.js';
import { mailboxId } from '../store/samples.js';

/** A store that holds changes back until they are let go, and counts what is read. */
function storeOf() {
  const kept = new Map<string, Uint8Array>();
  const waiting: ((outcome: CommitOutcome) => void)[] = [];
  const reads: string[] = [];
  return {
    kept,
    waiting,
    reads,
    registrations: (id: string) => {
      reads.push(id);
      return kept.get(id) ?? null;
    },
    register: (id: string, octets: Uint8Array, done: (outcome: CommitOutcome) => void) => {
      waiting.push((outcome) => {
        if (outcome.kind === 'committed') kept.set(id, octets);
        done(outcome);
      });
    },
  };
}

const box = (i: number) => mailboxId(`box-${i}`);
const COMMITTED: CommitOutcome = { kind: 'committed' };
const passwordOf = (book: RegistrationBook, i: number) => book.of(box(i)).passwordHash;

test('those that were asked for last stay, the others are read again', () => {
  const store = storeOf();
  const book = new RegistrationBook(store, 1_000);
  for (const i of [1, 2, 3, 4, 1, 5, 6]) book.of(box(i));
  expect(store.reads).toEqual([1, 2, 3, 4, 5, 6].map(box));
  store.reads.length = 0;
  for (const i of [6, 5, 1, 2]) book.of(box(i));
  expect(store.reads).toEqual([box(2)]);
});

test('a change that is on its way is seen, however many others are asked for', () => {
  const store = storeOf();
  const book = new RegistrationBook(store, 1_000);
  book.change(box(1), { passwordHash: 'new' }, () => undefined);
  for (let i = 2; i < 50; i += 1) book.of(box(i));
  expect(passwordOf(book, 1)).toBe('new');
  expect(store.reads.filter((id) => id === box(1))).toEqual([box(1)]);
  store.waiting[0]?.(COMMITTED);
  for (let i = 2; i < 50; i += 1) book.of(box(i));
  store.reads.length = 0;
  expect(passwordOf(book, 1)).toBe('new');
  expect(store.reads).toEqual([box(1)]);
});

test('a change that the store could not take is undone', () => {
  const store = storeOf();
  const book = new RegistrationBook(store);
  book.change(box(1), { passwordHash: 'lost' }, () => undefined);
  book.change(box(1), { isAlertPending: true }, () => undefined);
  store.waiting[0]?.({ kind: 'unavailable', detail: 'full' });
  expect(passwordOf(book, 1)).toBe(null);
  store.waiting[1]?.(COMMITTED);
  // As the store has it, which took both with the second.
  expect(book.of(box(1))).toMatchObject({ passwordHash: 'lost', isAlertPending: true });
});
