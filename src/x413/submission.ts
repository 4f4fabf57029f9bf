/**
 * Submission through the message store: what 1994 adds to the operations of X.411. The argument of
 * an association of 1988 is that of X.411, and its result too.
 *
 * Source: X.413 (1999) 8.3, module MSAbstractService, MSMessageSubmission, MSProbeSubmission.
 */
import { any } from '../asn1/any.js';
import { optional, withDefault } from '../asn1/component.js';
import { childrenOf } from '../asn1/elements.js';
import { setOf } from '../asn1/list.js';
import { boolean } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { set } from '../asn1/set.js';
import { context } from '../asn1/tag.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import { decodeElement, encode, type TypeOf } from '../asn1/type.js';
import { BerWriter } from '../asn1/writer.js';
import { ViolationError } from '../base/errors.js';
import { type Edition, EntryClass, MsExtensions, SequenceNumberType } from './common.js';
import { MessageGroupName } from './register.js';

export const MsSubmissionOptions = set('MSSubmissionOptions', {
  /** Where the object is to be kept: submission, submission-log or draft. */
  objectEntryClass: optional(tolerantExplicit(0, EntryClass)),
  disableAutoModify: withDefault(tolerantExplicit(1, boolean), false),
  addMessageGroupNames: optional(tolerantExplicit(2, setOf(MessageGroupName, 1))),
  extensions: optional(tolerantExplicit(3, MsExtensions)),
});
export type MsSubmissionOptions = TypeOf<typeof MsSubmissionOptions>;

export const CommonSubmissionResults = set('CommonSubmissionResults', {
  createdEntry: optional(tolerantExplicit(0, SequenceNumberType)),
  autoActionErrorIndication: optional(tolerantExplicit(1, any)),
  extensions: optional(tolerantExplicit(2, MsExtensions)),
});
export type CommonSubmissionResults = TypeOf<typeof CommonSubmissionResults>;

/** What is the store's own bears this tag, in arguments and results alike. */
const OWN_TAG = context(4);
const SubmissionOptions = tolerantExplicit(4, MsSubmissionOptions);
const SubmissionResults = tolerantExplicit(4, CommonSubmissionResults);

/** A submission without what is the store's own, and that. */
export interface MsSubmission {
  /** The argument of X.411, which is what goes to the MTS. */
  readonly argument: Uint8Array;
  /** Null where there are none. */
  readonly options: MsSubmissionOptions | null;
}

/** Of message-submission or probe-submission. Throws a violation; for options in 1988 too. */
export function splitSubmission(octets: Uint8Array, edition: Edition): MsSubmission {
  const element = readElement(octets);
  const members = childrenOf(element);
  const own = members.find(isOwn);
  if (own === undefined) return { argument: octets, options: null };
  if (edition === '88') throw new ViolationError('asn1', 'unexpected-component');
  const writer = new BerWriter(octets.length);
  const mark = writer.mark();
  for (const member of members.reverse()) if (!isOwn(member)) writer.octets(member.whole);
  writer.header(element.tag, true, mark);
  return { argument: writer.finish(), options: decodeElement(SubmissionOptions, own) };
}

/** The inverse: an argument of X.411 with what is the store's own. */
export function withOptions(argument: Uint8Array, options: MsSubmissionOptions): Uint8Array {
  return withMember(argument, (writer) => SubmissionOptions.encode(writer, options));
}

/** What the store says in a result; null where it says nothing. Throws a violation. */
export function ownResultsOf(result: Uint8Array): CommonSubmissionResults | null {
  const element = readElement(result);
  const own = element.tag === OWN_TAG ? element : childrenOf(element).find(isOwn);
  return own === undefined ? null : decodeElement(SubmissionResults, own);
}

const isOwn = ({ tag }: Element) => tag === OWN_TAG;

/** A constructed element with one more member at its end. */
function withMember(octets: Uint8Array, encodeMember: (writer: BerWriter) => void): Uint8Array {
  const element = readElement(octets);
  const writer = new BerWriter(octets.length + 64);
  const mark = writer.mark();
  encodeMember(writer);
  writer.octets(element.content);
  writer.header(element.tag, true, mark);
  return writer.finish();
}

/** The MTS's result with what the store adds. A result that is no SET is left alone. */
export function withOwnResults(result: Uint8Array, own: CommonSubmissionResults): Uint8Array {
  if (!readElement(result).isConstructed) return result;
  return withMember(result, (writer) => SubmissionResults.encode(writer, own));
}

/** The result where nothing was submitted: a draft was stored. */
export function storeDraftResult(own: CommonSubmissionResults): Uint8Array {
  return encode(SubmissionResults, own);
}
