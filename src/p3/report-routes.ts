/**
 * Who has submitted what, so that a report finds its mailbox on an association that serves many: it
 * names the submission it is about, and no recipient. Held in memory, the newest; a report that
 * names none of them goes where the reports of its association go.
 *
 * Source: X.411 (1999) 8.3.1.2, subject-submission-identifier; the memory is ours.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import { readElement } from '../asn1/reader.js';
import { TAG } from '../asn1/tag.js';
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
  return orNull(() => {
    const whole = readElement(octets);
    const members = whole.tag === TAG.set ? childrenOf(whole) : [];
    const identifier = members.find(({ tag }) => tag === MTS_IDENTIFIER_TAG);
    return identifier === undefined ? null : Buffer.from(identifier.content).toString('latin1');
  });
}
