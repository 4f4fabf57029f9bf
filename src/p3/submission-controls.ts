/**
 * What an MTA lets the store submit for now, on one association: submission-control sets it, and it
 * goes with the association. What is not permitted is refused to the submitter at once, so nothing
 * ever waits here for a restriction to be lifted, and that is what the MTA is told.
 *
 * Source: X.411 (1999) 8.2.1.4. A component that is absent leaves what was; the two that are about
 * deliveries may not come.
 */
import { hasBit } from '../asn1/bit-string.js';
import { decodeOrNull, orNull } from '../asn1/elements.js';
import { encode } from '../asn1/type.js';
import type { SubmissionOperation } from '../engine/mts-port.js';
import {
  CONTROLLED_OPERATION,
  type Controls,
  SubmissionControlArgument,
  Waiting,
} from '../x411/control.js';
import { type Priority, URGENCY } from '../x411/envelope-parts.js';
import type { ExtensionField } from '../x411/extension.js';
import { MessageSubmissionArgument, ProbeSubmissionArgument } from '../x411/submission.js';
import { labelProblemOf } from './security-context.js';

const NOTHING_WAITS = encode(Waiting, { waitingContentTypes: [], extensions: [] });

type Restrictions = Pick<
  Controls,
  | 'permissibleOperations'
  | 'permissibleMaximumContentLength'
  | 'permissibleLowestPriority'
  | 'permissibleSecurityContext'
>;

export class SubmissionControls {
  #restrictions: Restrictions = {};

  /** The result of submission-control; null for an argument that is none. */
  receive(octets: Uint8Array): Uint8Array | null {
    const controls = readControls(octets);
    if (controls === null) return null;
    const { restrict = true, ...restrictions } = controls;
    this.#restrictions = restrict ? { ...this.#restrictions, ...restrictions } : {};
    return NOTHING_WAITS;
  }

  get areRestricting(): boolean {
    return Object.keys(this.#restrictions).length > 0;
  }

  /** Whether the operation may be invoked. An argument that is none is the MTA's to reject. */
  permit(operation: SubmissionOperation, argument: Uint8Array): boolean {
    // Cancel-deferred-delivery is under no control.
    if (!this.areRestricting || operation === 'cancel-deferred-delivery') return true;
    const submission = readSubmission(operation, argument);
    return submission === null || this.#permitsSubmission(submission);
  }

  #permitsSubmission({ isProbe, contentLength, priority, extensions }: Submission): boolean {
    const {
      permissibleOperations,
      permissibleMaximumContentLength,
      permissibleLowestPriority,
      permissibleSecurityContext,
    } = this.#restrictions;
    const { probeOrReport, message } = CONTROLLED_OPERATION;
    const isPermitted =
      permissibleOperations === undefined ||
      hasBit(permissibleOperations, isProbe ? probeOrReport : message);
    const isShort =
      permissibleMaximumContentLength === undefined ||
      contentLength <= permissibleMaximumContentLength;
    const isUrgent =
      permissibleLowestPriority === undefined ||
      priority === null ||
      URGENCY[priority] >= URGENCY[permissibleLowestPriority];
    // A label that cannot be read is within none.
    const isInContext =
      permissibleSecurityContext === undefined ||
      (orNull(() => labelProblemOf(permissibleSecurityContext, extensions) === null) ?? false);
    return isPermitted && isShort && isUrgent && isInContext;
  }
}

function readControls(octets: Uint8Array): Controls | null {
  const controls = decodeOrNull(SubmissionControlArgument, octets);
  const isForDelivery =
    controls?.permissibleContentTypes !== undefined ||
    controls?.permissibleEncodedInformationTypes !== undefined ||
    controls?.permissibleEitsConstraints !== undefined;
  return isForDelivery ? null : controls;
}

interface Submission {
  readonly isProbe: boolean;
  /** Octets; 0 for a probe that does not tell. */
  readonly contentLength: number;
  /** Null for a probe, which has none. */
  readonly priority: Priority | null;
  readonly extensions: readonly ExtensionField[];
}

/** Null where the argument is none. */
function readSubmission(operation: SubmissionOperation, argument: Uint8Array): Submission | null {
  if (operation === 'probe-submission') {
    const probe = decodeOrNull(ProbeSubmissionArgument, argument);
    if (probe === null) return null;
    const { contentLength = 0, extensions } = probe;
    return { isProbe: true, contentLength, priority: null, extensions };
  }
  const message = decodeOrNull(MessageSubmissionArgument, argument);
  if (message === null) return null;
  const { priority, extensions } = message.envelope;
  return { isProbe: false, contentLength: message.content.length, priority, extensions };
}
