/**
 * Who has submitted what, and where: a report names the submission it is about and no recipient, so
 * on an association that serves many it finds its mailbox by that; a cancellation finds the MTA
 * that has the message.
 *
 * Source: X.411 (1999) 8.2.1.3, 8.3.1.2, subject-submission-identifier; the memory is ours.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import { readElement } from '../asn1/reader.js';
import { TAG } from '../asn1/tag.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { MTS_IDENTIFIER_TAG } from '../x411/identifiers.js';

export interface SubmissionMade {
  readonly mailbox: MailboxId;
  /** The name of the MTA that took it. */
  readonly mta: string;
}

/** By contents octets of an MTS identifier, one character an octet; forgets the oldest. */
export interface SubmissionMemory {
  get(key: string): SubmissionMade | undefined;
  set(key: string, made: SubmissionMade): void;
}

export class ReportRoutes {
  readonly #memory: SubmissionMemory;

  constructor(memory: SubmissionMemory) {
    this.#memory = memory;
  }

  /** `result`: of a message- or probe-submission. */
  remember(made: SubmissionMade, result: Uint8Array): void {
    const key = identifierWithin(result);
    if (key !== null) this.#memory.set(key, made);
  }

  /** Whose the report is; null: not known. `argument`: of report-delivery. */
  mailboxOf(argument: Uint8Array): MailboxId | null {
    const key = identifierWithin(argument);
    return (key === null ? undefined : this.#memory.get(key)?.mailbox) ?? null;
  }

  /** Which MTA has the message; null: not known. `argument`: of cancel-deferred-delivery. */
  mtaOf(argument: Uint8Array): string | null {
    const key = orNull(() => keyOf(readElement(argument).content));
    return (key === null ? undefined : this.#memory.get(key)?.mta) ?? null;
  }
}

/** Of a SET with exactly one MTS identifier, under its own tag, as those two types are. */
function identifierWithin(octets: Uint8Array): string | null {
  return orNull(() => {
    const whole = readElement(octets);
    const members = whole.tag === TAG.set ? childrenOf(whole) : [];
    const identifier = members.find(({ tag }) => tag === MTS_IDENTIFIER_TAG);
    return identifier === undefined ? null : keyOf(identifier.content);
  });
}

const keyOf = (contents: Uint8Array) => Buffer.from(contents).toString('latin1');
