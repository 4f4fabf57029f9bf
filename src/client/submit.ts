/**
 * Submission over P7: arguments with what is the store's own, and results taken apart.
 *
 * Source: X.411 (1999) 8.2.1; X.413 (1999) 8.3.
 */

import { secondsOfUtcTime } from '../asn1/time.js';
import type { Asn1Type } from '../asn1/type.js';
import { formatMtsIdentifier, type MtsIdentifier } from '../x411/identifiers.js';
import { MessageSubmissionResult, ProbeSubmissionResult } from '../x411/submission.js';
import { type Edition, ENTRY_CLASS } from '../x413/common.js';
import { ownResultsOf, withOptions } from '../x413/submission.js';
import { readAnswer, UnreadableError } from './errors.js';

/** 1994: where a copy is kept. Left out: as registered, or as the mailbox is set up. */
export interface Keeping {
  readonly keep?: 'submission' | undefined;
}

export interface SubmissionOutcome {
  /** That of the message or probe, as the store shows it: `[/C=XX/A=ICAO/P=TESTLAND/;MTA.1]`. */
  readonly identifier: string;
  readonly submissionTime: Date;
  readonly contentIdentifier: string | null;
  /** The number of the copy, where the store says that it has kept one. */
  readonly createdEntry: number | null;
}

/** Throws RangeError where the application context has no options. */
export function keptArgument(argument: Uint8Array, { keep }: Keeping, edition: Edition) {
  return keep === undefined ? argument : argumentOf(argument, ENTRY_CLASS.submission, edition);
}

export function draftArgument(argument: Uint8Array, edition: Edition): Uint8Array {
  return argumentOf(argument, ENTRY_CLASS.draft, edition);
}

function argumentOf(argument: Uint8Array, objectEntryClass: number, edition: Edition) {
  if (edition === '88') throw new RangeError('ms-access-94 is needed to say what is to be kept');
  return withOptions(argument, { objectEntryClass, disableAutoModify: false });
}

export function messageOutcome(octets: Uint8Array): SubmissionOutcome {
  const result = answerOf(MessageSubmissionResult, octets);
  const { messageSubmissionIdentifier, messageSubmissionTime, contentIdentifier } = result;
  return outcomeOf(octets, messageSubmissionIdentifier, messageSubmissionTime, contentIdentifier);
}

export function probeOutcome(octets: Uint8Array): SubmissionOutcome {
  const result = answerOf(ProbeSubmissionResult, octets);
  const { probeSubmissionIdentifier, probeSubmissionTime, contentIdentifier } = result;
  return outcomeOf(octets, probeSubmissionIdentifier, probeSubmissionTime, contentIdentifier);
}

/** The number of the draft. */
export function draftOutcome(octets: Uint8Array): number {
  const created = ownResultsOf(octets)?.createdEntry;
  if (created === undefined) throw new UnreadableError('the store does not say where the draft is');
  return created;
}

function answerOf<T>(type: Asn1Type<T>, octets: Uint8Array): T {
  return readAnswer(type, octets);
}

function outcomeOf(
  octets: Uint8Array,
  identifier: MtsIdentifier,
  time: string,
  contentIdentifier: string | undefined,
): SubmissionOutcome {
  return {
    identifier: formatMtsIdentifier(identifier),
    submissionTime: new Date(1000 * (secondsOfUtcTime(time) ?? Number.NaN)),
    contentIdentifier: contentIdentifier ?? null,
    createdEntry: ownResultsOf(octets)?.createdEntry ?? null,
  };
}
