/**
 * An entry's interpersonal content, taken apart once for all attributes that come from it, and no
 * further than is asked for.
 *
 * Source: X.420 (1999) 6 to 8, module IPMSInformationObjects.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import { type Oid, objectIdentifier } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG, type Tag } from '../asn1/tag.js';
import { isIpmContentType } from '../x420/ipm.js';
import type { EntrySource } from './entry.js';

export interface MessageView {
  readonly heading: Element;
  readonly body: Element;
}

/** What cannot be read is as if it were not there; that is found out once. */
export class ContentView {
  readonly #source: EntrySource;
  #object: Element | null | undefined;
  #message: MessageView | null | undefined;
  #headingFields: Fields | undefined;
  #headingExtensions: readonly ExtensionView[] | undefined;
  #parts: readonly Element[] | undefined;
  #notificationFields: Fields | undefined;

  constructor(source: EntrySource) {
    this.#source = source;
  }

  /** Heading and body of a message; null for everything else. */
  get message(): MessageView | null {
    if (this.#message === undefined) {
      this.#message = orNull(() => messageIn(this.#informationObject));
    }
    return this.#message;
  }

  /** Fields of the heading by tag; none where there is no message. */
  get headingFields(): Fields {
    this.#headingFields ??= orNull(() => fieldsOf(this.message?.heading)) ?? NO_FIELDS;
    return this.#headingFields;
  }

  get headingExtensions(): readonly ExtensionView[] {
    this.#headingExtensions ??=
      orNull(() => extensionsOf(this.headingFields.get(context(15)))) ?? [];
    return this.#headingExtensions;
  }

  /** Body parts, each under its own tag. */
  get parts(): readonly Element[] {
    const { message } = this;
    this.#parts ??= (message === null ? null : orNull(() => childrenOf(message.body))) ?? [];
    return this.#parts;
  }

  /** Fields of a notification by tag; none where there is no notification. */
  get notificationFields(): Fields {
    const object = this.#informationObject;
    const notification = object?.tag === context(1) ? object : undefined;
    this.#notificationFields ??= orNull(() => fieldsOf(notification)) ?? NO_FIELDS;
    return this.#notificationFields;
  }

  get #informationObject(): Element | null {
    if (this.#object === undefined) this.#object = orNull(() => objectOf(this.#source));
    return this.#object;
  }
}

type Fields = ReadonlyMap<Tag, Element>;
const NO_FIELDS: Fields = new Map();

/** An extension of heading, recipient or notification. */
export interface ExtensionView {
  readonly type: Oid;
  /** Null where it was not sent: then it is NULL. */
  readonly value: Element | null;
}

const views = new WeakMap<EntrySource, ContentView>();

export function contentView(source: EntrySource): ContentView {
  const known = views.get(source);
  if (known !== undefined) return known;
  const view = new ContentView(source);
  views.set(source, view);
  return view;
}

function objectOf(source: EntrySource): Element | null {
  if (!isIpmContentType(source.entry.contentType)) return null;
  const content = source.content();
  return content === null ? null : readElement(content);
}

function messageIn(object: Element | null): MessageView | null {
  if (object?.tag !== context(0)) return null;
  const [heading, body] = childrenOf(object);
  return heading?.tag === TAG.set && body?.tag === TAG.sequence ? { heading, body } : null;
}

/** The members of a SET or SEQUENCE by tag, the first of each. Throws a violation. */
export function fieldsOf(holder: Element | undefined): Fields {
  const fields = new Map<Tag, Element>();
  for (const field of holder === undefined ? [] : childrenOf(holder)) {
    if (!fields.has(field.tag)) fields.set(field.tag, field);
  }
  return fields;
}

/** The extensions in a SET OF IPMSExtension, under whatever tag it stands. Throws a violation. */
export function extensionsOf(list: Element | undefined): ExtensionView[] {
  const extensions: ExtensionView[] = [];
  for (const extension of list === undefined ? [] : childrenOf(list)) {
    const [type, value = null] = childrenOf(extension);
    if (type?.tag !== TAG.objectIdentifier) continue;
    extensions.push({ type: objectIdentifier.decode(type), value });
  }
  return extensions;
}
