/**
 * The submission port of one P7 association: what the user submits is checked and kept by the shard
 * of his mailbox, goes to his MTA, and is answered as the MTA has answered.
 *
 * What has gone to the MTA is brought to its end whether the user is still there or not.
 *
 * Source: X.413 (1999) 8.3; docs/adr/0014.
 */
import { orNull } from '../asn1/elements.js';
import type { Directory } from '../directory/directory.js';
import type { Edition, Reply } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { MtsPort, SubmissionOperation, SubmissionOutcome } from '../engine/mts-port.js';
import type { Router } from '../engine/router.js';
import { MTS_ERROR, MTS_OPERATION } from '../x411/application-contexts.js';
import { originatorOfSubmission } from '../x411/peek.js';

const OPERATIONS: ReadonlyMap<number, SubmissionOperation> = new Map([
  [MTS_OPERATION.messageSubmission, 'message-submission'],
  [MTS_OPERATION.probeSubmission, 'probe-submission'],
  [MTS_OPERATION.cancelDeferredDelivery, 'cancel-deferred-delivery'],
]);

/** Null for an operation of another port. */
export function submissionOperation(code: number): SubmissionOperation | null {
  return OPERATIONS.get(code) ?? null;
}

export interface SubmissionServices {
  readonly directory: Directory;
  readonly router: Router;
  readonly mts: MtsPort;
}

interface Invocation {
  readonly mailbox: MailboxId;
  readonly edition: Edition;
  readonly userAgent?: string;
  readonly operation: SubmissionOperation;
  readonly argument: Uint8Array;
}

/** `done` is called once, with what the user is to be answered. */
export function submit(
  services: SubmissionServices,
  invocation: Invocation,
  done: (reply: Reply) => void,
): void {
  const { directory, router, mts } = services;
  const { mailbox, operation, argument } = invocation;
  if (!isOriginator(directory, invocation)) {
    done({ kind: 'error', code: MTS_ERROR.originatorInvalid, parameter: null });
    return;
  }
  const keeps = directory.keepsSubmitted(mailbox);
  const unsubscribed = directory.unsubscribedOf(mailbox);
  const own = unsubscribed && { unsubscribed };
  router.request({ kind: 'submit', ...invocation, keeps, ...own }, (reply) => {
    if (reply.kind !== 'submission') {
      done(reply);
      return;
    }
    const { key } = reply;
    const finished = (outcome: SubmissionOutcome) =>
      finish(services, invocation, key, outcome, done);
    const send = () => {
      if (mts.hasRoom) mts.submit(mailbox, operation, reply.argument ?? argument, finished);
      else mts.onRoom(send);
    };
    send();
  });
}

/** What no shard has to hear of goes to the user as it is. */
function finish(
  { router }: SubmissionServices,
  { argument, mailbox, edition, operation }: Invocation,
  key: string | null,
  outcome: SubmissionOutcome,
  done: (reply: Reply) => void,
): void {
  const isCancellation = operation === 'cancel-deferred-delivery';
  if (key === null && !isCancellation) {
    done(answerOf(outcome));
    return;
  }
  const request = {
    kind: 'submitted',
    mailbox,
    edition,
    operation,
    key,
    argument: isCancellation ? argument : new Uint8Array(0),
    outcome,
  } as const;
  // A shard that died took the copy with it, for a start to keep; what the MTA has said is true.
  router.request(request, (reply) => done(reply.kind === 'failure' ? answerOf(outcome) : reply));
}

function answerOf(outcome: SubmissionOutcome): Reply {
  if (outcome.kind !== 'unreachable') return outcome;
  return { kind: 'error', code: MTS_ERROR.remoteBindError, parameter: null };
}

/** What is no submission at all is for the shard to reject. */
function isOriginator(directory: Directory, { mailbox, operation, argument }: Invocation): boolean {
  if (operation === 'cancel-deferred-delivery') return true;
  const originator = originatorOfSubmission(argument);
  if (originator === null) return true;
  return orNull(() => directory.mailboxOfContents(originator)) === mailbox;
}
