/**
 * An entry's EDI content, taken apart once for all attributes that come from it: an EDI message
 * with heading and body, or a notification. Of one that is broken the view is empty.
 *
 * Source: X.435 (1999) 8, 9, module EDIMSInformationObjects.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, type Tag } from '../asn1/tag.js';
import { OrNameKept } from '../x411/or-name.js';
import { comparableOrName, orNamesMatch } from '../x411/or-name-match.js';
import { EDI_CONTENT_TYPE, type EdimParts, edimIn } from '../x420/edi.js';
import { fieldsOf } from './content-view.js';
import type { EntrySource } from './entry.js';
import { recipientNamesOf } from './recipient-role.js';

type Fields = ReadonlyMap<Tag, Element>;
const NO_FIELDS: Fields = new Map();

export interface EdiView {
  /** Of a message, else null. */
  readonly message: EdimView | null;
  /** Of a notification, else null. */
  readonly notification: EdinView | null;
}

export interface EdimView extends EdimParts {
  readonly headingFields: Fields;
  /** Fields of the recipient whose entry it is; none where the heading does not name him. */
  readonly recipientFields: Fields;
}

export interface EdinView {
  /** 0 positive, 1 negative, 2 forwarded. */
  readonly kind: number;
  readonly commonFields: Fields;
  /** Those of the kind, by their tags in it. */
  readonly fields: Fields;
}

const EMPTY: EdiView = { message: null, notification: null };
const views = new WeakMap<EntrySource, EdiView>();

export function ediView(source: EntrySource): EdiView {
  const known = views.get(source);
  if (known !== undefined) return known;
  const view = orNull(() => viewOf(source)) ?? EMPTY;
  views.set(source, view);
  return view;
}

function viewOf(source: EntrySource): EdiView {
  const content = source.entry.contentType === EDI_CONTENT_TYPE ? source.content() : null;
  if (content === null) return EMPTY;
  const message = edimIn(content);
  if (message !== null) return { ...EMPTY, message: edimView(source, message) };
  const object = readElement(content);
  return object.tag === context(1) ? { ...EMPTY, notification: edinOf(object) } : EMPTY;
}

function edimView(source: EntrySource, parts: EdimParts): EdimView {
  const headingFields = fieldsOf(parts.heading);
  return {
    ...parts,
    headingFields,
    recipientFields:
      orNull(() => recipientFieldsOf(source, headingFields.get(context(3)))) ?? NO_FIELDS,
  };
}

/** The RecipientsSubField whose recipient [1] is the one whose entry it is. */
function recipientFieldsOf(source: EntrySource, recipients: Element | undefined): Fields {
  const names = recipients === undefined ? [] : recipientNamesOf(source);
  for (const recipient of recipients === undefined ? [] : childrenOf(recipients)) {
    const fields = fieldsOf(recipient);
    const name = fields.get(context(1));
    if (name === undefined) continue;
    const found = comparableOrName(OrNameKept.decode(name).value);
    if (names.some((own) => orNamesMatch(own, found))) return fields;
  }
  return NO_FIELDS;
}

function edinOf(object: Element): EdinView | null {
  const [notification] = childrenOf(object);
  const kind = [0, 1, 2].findIndex((number) => notification?.tag === context(number));
  if (notification === undefined || kind < 0) return null;
  const fields = fieldsOf(notification);
  return { kind, fields, commonFields: fieldsOf(fields.get(context(0))) };
}
