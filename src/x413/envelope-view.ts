/**
 * An entry's envelope, taken apart once for all attributes that come from it.
 *
 * Source: X.411 (1999) 8.2, 8.3, module MTSAbstractService: MessageDeliveryEnvelope,
 * ReportDeliveryEnvelope, MessageSubmissionEnvelope, ProbeSubmissionEnvelope, ExtensionField.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import { integer } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG, type Tag } from '../asn1/tag.js';
import { MTS_IDENTIFIER_TAG } from '../x411/identifiers.js';
import type { EntrySource, EntryType } from './entry.js';

export interface EnvelopeView {
  /**
   * Its members: of a delivered message, of its other-fields; of everything else, of the whole.
   * First of a tag.
   */
  readonly fields: Fields;
  /** Values of standard extensions by number; an extension without a value is not among them. */
  readonly extensions: Extensions;
  /** Per-recipient fields of what was submitted, each with its extensions. */
  readonly recipients: readonly RecipientView[];
  /** Of what was submitted: extensions in the result that the MTS has given. */
  readonly resultExtensions: Extensions;
  /** It was submitted, and no result has come. */
  readonly isWithoutResult: boolean;
  /** The envelope as the value of an attribute. Null: a forwarder has passed on a part of it. */
  readonly whole: Uint8Array | null;
}

export interface RecipientView {
  readonly element: Element;
  readonly fields: Fields;
  readonly extensions: Extensions;
}

type Fields = ReadonlyMap<Tag, Element>;
type Extensions = ReadonlyMap<number, Element>;

/** Of a delivery's envelope: identifier, time, other-fields. */
const WHOLE_DELIVERY = [MTS_IDENTIFIER_TAG, TAG.utcTime, TAG.set];
const NONE = new Map<never, never>();
const EMPTY: EnvelopeView = {
  fields: NONE,
  extensions: NONE,
  recipients: [],
  resultExtensions: NONE,
  isWithoutResult: false,
  whole: null,
};
const views = new WeakMap<EntrySource, EnvelopeView>();

/** The view of the entry's envelope; an empty one where that is broken. */
export function envelopeView(source: EntrySource): EnvelopeView {
  const known = views.get(source);
  if (known !== undefined) return known;
  const octets = source.envelope();
  const read = VIEWS[source.entry.entryType];
  const view =
    read === undefined || octets.length === 0 ? null : orNull(() => read(readElement(octets)));
  views.set(source, view ?? EMPTY);
  return view ?? EMPTY;
}

/** How the envelope of each type of entry is read; the others have none. */
const VIEWS: Readonly<Partial<Record<EntryType, (envelope: Element) => EnvelopeView>>> = {
  'delivered-message': deliveryView,
  'delivered-report': reportView,
  'submitted-message': (envelope) => submissionView(envelope, context(1)),
  'submitted-probe': (envelope) => submissionView(envelope, context(3)),
  'draft-message': (envelope) => ({
    ...submissionView(envelope, context(1)),
    isWithoutResult: false,
  }),
};

function deliveryView(envelope: Element): EnvelopeView {
  const parts = byTag(envelope);
  const other = parts.get(TAG.set);
  const fields = other === undefined ? NONE : byTag(other);
  const isWhole = WHOLE_DELIVERY.every((tag) => parts.has(tag));
  return {
    ...EMPTY,
    fields,
    extensions: extensionsOf(fields.get(context(9))),
    whole: isWhole ? envelope.whole : null,
  };
}

function reportView(envelope: Element): EnvelopeView {
  const fields = byTag(envelope);
  return {
    ...EMPTY,
    fields,
    extensions: extensionsOf(fields.get(context(1))),
    whole: envelope.whole,
  };
}

/** \`recipients\`: the tag of per-recipient-fields. */
function submissionView(submission: Element, recipients: Tag): EnvelopeView {
  const [envelope, result] = childrenOf(submission);
  if (envelope?.tag !== TAG.set) return EMPTY;
  const fields = byTag(envelope);
  const resultFields = result === undefined ? NONE : byTag(result);
  return {
    fields,
    extensions: extensionsOf(fields.get(context(2))),
    recipients: recipientsOf(fields.get(recipients), context(2)),
    resultExtensions: extensionsOf(resultFields.get(context(1))),
    isWithoutResult: result === undefined,
    whole: envelope.whole,
  };
}

function recipientsOf(list: Element | undefined, extensions: Tag): RecipientView[] {
  return (list === undefined ? [] : childrenOf(list)).map((element) => {
    const fields = byTag(element);
    return { element, fields, extensions: extensionsOf(fields.get(extensions)) };
  });
}

function byTag(element: Element): Fields {
  const members = new Map<Tag, Element>();
  for (const member of childrenOf(element)) {
    if (!members.has(member.tag)) members.set(member.tag, member);
  }
  return members;
}

/** A field that cannot be read takes no other away. */
function extensionsOf(list: Element | undefined): Extensions {
  const extensions = new Map<number, Element>();
  for (const field of list === undefined ? [] : childrenOf(list)) {
    const [number, value] = orNull(() => extensionIn(field)) ?? [];
    if (number === undefined || value === undefined) continue;
    if (!extensions.has(number)) extensions.set(number, value);
  }
  return extensions;
}

/** Number and value of a standard extension; null for a private one and for one without value. */
function extensionIn(field: Element): readonly [number: number, value: Element] | null {
  const members = byTag(field);
  const [type, holder] = [members.get(context(0)), members.get(context(2))];
  const [value] = holder === undefined ? [] : childrenOf(holder);
  if (type === undefined || value === undefined) return null;
  // The number is tagged IMPLICIT; some of 1991 send it EXPLICIT.
  const [inner] = type.isConstructed ? childrenOf(type) : [];
  return [integer().decode(inner ?? type), value];
}
