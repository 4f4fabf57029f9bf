/**
 * Who has submitted what, so that a report finds its mailbox on an association that serves many: it
 * names the submission it is about, and no recipient. Held in memory, the newest; a report that
 * names none of them goes where the reports of its association go.
 *
 * Source: X.411 (1999) 8.3.1.2, subject-submission-identifier; the memory is ours.
 */
import { readElement } from '../asn1/reader.js';
import { TAG } from '../asn1/tag.js';
import { ViolationError } from '../base/errors.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { SUBMITTERS_REMEMBERED_MAX } from '../limits.js';
import { MTS_IDENTIFIER_TAG } from '../x411/identifiers.js';

export class ReportRoutes {
  /** By contents octets of the MTS identifier, one character an octet; oldest first. */
  readonly #submitters = new Map<string, MailboxId>();
  readonly #max: number;

  constructor(max: number = SUBMITTERS_REMEMBERED_MAX) {
    this.#max = max;
  }

  /** `result`: of a message- or probe-submission. */
  remember(mailbox: MailboxId, result: Uint8Array): void {
    const key = identifierIn(result);
    if (key === null) return;
    this.#submitters.set(key, mailbox);
    if (this.#submitters.size <= this.#max) return;
    const [oldest = ''] = this.#submitters.keys();
    this.#submitters.delete(oldest);
  }

  /** Whose the report is; null: not known. `argument`: of report-delivery. */
  mailboxOf(argument: Uint8Array): MailboxId | null {
    const key = identifierIn(argument);
    return (key === null ? undefined : this.#submitters.get(key)) ?? null;
  }
}

/** Both types are a SET with exactly one MTS identifier, under its own tag. */
function identifierIn(octets: Uint8Array): string | null {
  try {
    const whole = readElement(octets);
    if (whole.tag !== TAG.set) return null;
    const members = whole.children();
    for (let member = members.next(); member !== null; member = members.next()) {
      if (member.tag === MTS_IDENTIFIER_TAG) return Buffer.from(member.content).toString('latin1');
    }
    return null;
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
