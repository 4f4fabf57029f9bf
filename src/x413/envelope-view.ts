/**
 * An entry's envelope, taken apart once for all attributes that come from it.
 *
 * Source: X.411 (1999) 8.3, module MTSAbstractService: MessageDeliveryEnvelope,
 * ReportDeliveryEnvelope, ExtensionField.
 */
import { childrenOf } from '../asn1/elements.js';
import { integer } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { application, context, TAG, type Tag } from '../asn1/tag.js';
import type { EntrySource } from './entry.js';

export interface EnvelopeView {
  /** Its members: of a message, of its other-fields; of a report, of the whole. First of a tag. */
  readonly fields: ReadonlyMap<Tag, Element>;
  /** Values of standard extensions by number; an extension without a value is not among them. */
  readonly extensions: ReadonlyMap<number, Element>;
  /** Whether a message's envelope has all three parts: a forwarded one may lack any. */
  readonly isWhole: boolean;
}

/** Identifier, time, other-fields. */
const WHOLE = [application(4), TAG.utcTime, TAG.set];
const NO_FIELDS: ReadonlyMap<Tag, Element> = new Map();
const EMPTY: EnvelopeView = { fields: NO_FIELDS, extensions: new Map(), isWhole: false };
const views = new WeakMap<EntrySource, EnvelopeView>();

/** The view of the entry's envelope. Throws a violation where that is broken. */
export function envelopeView(source: EntrySource): EnvelopeView {
  const known = views.get(source);
  if (known !== undefined) return known;
  const octets = source.envelope();
  const view = octets.length === 0 ? EMPTY : viewOf(readElement(octets));
  views.set(source, view);
  return view;
}

function viewOf(envelope: Element): EnvelopeView {
  if (envelope.tag === TAG.set) {
    const fields = byTag(envelope);
    return { fields, extensions: extensionsOf(fields.get(context(1))), isWhole: true };
  }
  const parts = byTag(envelope);
  const other = parts.get(TAG.set);
  const fields = other === undefined ? NO_FIELDS : byTag(other);
  const extensions = extensionsOf(fields.get(context(9)));
  return { fields, extensions, isWhole: WHOLE.every((tag) => parts.has(tag)) };
}

function byTag(element: Element): ReadonlyMap<Tag, Element> {
  const members = new Map<Tag, Element>();
  for (const member of childrenOf(element)) {
    if (!members.has(member.tag)) members.set(member.tag, member);
  }
  return members;
}

function extensionsOf(list: Element | undefined): ReadonlyMap<number, Element> {
  const extensions = new Map<number, Element>();
  for (const field of list === undefined ? [] : childrenOf(list)) {
    const members = byTag(field);
    const [type, value] = [members.get(context(0)), members.get(context(2))];
    const [inner] = value === undefined ? [] : childrenOf(value);
    if (type === undefined || inner === undefined) continue;
    const number = extensionNumber(type);
    if (!extensions.has(number)) extensions.set(number, inner);
  }
  return extensions;
}

/** The number is tagged IMPLICIT; some of 1991 send it EXPLICIT. */
function extensionNumber(type: Element): number {
  const [inner] = type.isConstructed ? childrenOf(type) : [];
  return integer().decode(inner ?? type);
}
