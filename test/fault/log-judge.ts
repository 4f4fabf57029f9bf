/**
 * The judgement of a log against what a store was asked and has answered: what was acknowledged in
 * the box that the log tells of is entered under its number, with its envelope; what was removed,
 * acknowledged, is still entered, and said to be deleted.
 */
import { type BoxId, boxOf, logNameOf, mailboxOf } from '../../src/store/box.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { type Fact, identityOf, type TestedMailbox } from './ledger.js';

export function logOf(box: BoxId): BoxId {
  const name = logNameOf(box);
  if (name === null) throw new Error(`no log tells of ${box}`);
  return boxOf(mailboxOf(box), name);
}

export function judgeLog(log: TestedMailbox, box: BoxId, facts: Iterable<Fact>): string[] {
  const faults: string[] = [];
  for (const { id, mailbox, message, state, isRemovalAsked, ...numbers } of facts) {
    if (mailbox !== box || isRemovalAsked) continue;
    const { sequence, removedSequence } = numbers;
    const isDeleted = state === 'absent' && removedSequence !== null;
    const number = isDeleted ? removedSequence : sequence;
    if (number === null || (!isDeleted && state !== 'present')) continue;
    const entry = log.entry(number);
    if (entry === null) {
      faults.push(
        `${id}: ${isDeleted ? 'removed' : 'acknowledged'} as ${number}, not in ${log.id}`,
      );
      continue;
    }
    if ((entry.conveyed !== 0) !== isDeleted)
      faults.push(`${id}: ${log.id}/${number} says ${entry.conveyed}, deleted: ${isDeleted}`);
    const { envelope, content } = log.read(sequenceNumber(number));
    const isSame = identityOf(envelope) === id && Buffer.compare(envelope, message.envelope) === 0;
    if (!isSame || content !== null) faults.push(`${id}: ${log.id}/${number} has other octets`);
  }
  return faults;
}
