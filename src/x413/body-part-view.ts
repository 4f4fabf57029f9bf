/**
 * The body parts of an entry's message: their numbers, of extended ones the types and values, and
 * of messages the child-entries.
 *
 * Source: X.420 (1999) 7.3, 7.4; X.690 (2002) 8.18 for EXTERNAL.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import type { Oid } from '../asn1/primitive.js';
import type { Element } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { describeContent } from '../x420/content.js';
import { type Instance, instanceIn } from '../x420/external.js';
import { contentView } from './content-view.js';
import type { EntrySource, SequenceNumber } from './entry.js';

export interface BodyPart {
  /** Counting from 1. */
  readonly number: number;
  readonly element: Element;
  /** Null in a basic body part, and in an extended one that is none we can read. */
  readonly extended: ExtendedBodyPart | null;
  /** The child-entry that was made of the message in it; null where it holds none. */
  readonly child: SequenceNumber | null;
}

export interface ExtendedBodyPart {
  /** Of the data. */
  readonly type: Oid;
  readonly data: Instance;
  readonly parameters: Instance | null;
}

const views = new WeakMap<EntrySource, readonly BodyPart[]>();
const EXTENDED = context(15);
const NO_CHILDREN: ReadonlyMap<number, SequenceNumber> = new Map();

/** None where the entry holds no message, or one whose body is broken. */
export function bodyPartsOf(source: EntrySource): readonly BodyPart[] {
  const known = views.get(source);
  if (known !== undefined) return known;
  const { parts: elements } = contentView(source);
  const children = elements.length === 0 ? NO_CHILDREN : childrenByPart(source);
  const parts = elements.map((element, index) => ({
    number: index + 1,
    element,
    extended: element.tag === EXTENDED ? orNull(() => extendedIn(element)) : null,
    child: children.get(index + 1) ?? null,
  }));
  views.set(source, parts);
  return parts;
}

/**
 * The child-entries by the body parts that their messages stand in, of any content: direct children
 * are numbered in the order of these.
 */
export function childrenByPart(source: EntrySource): ReadonlyMap<number, SequenceNumber> {
  const { children, contentType } = source.entry;
  const content = children.length === 0 ? null : source.content();
  if (content === null) return NO_CHILDREN;
  const forwarded = describeContent(contentType, content)?.children ?? [];
  const byPart = new Map<number, SequenceNumber>();
  for (const [index, { bodyPartNumber }] of forwarded.entries()) {
    const child = children[index];
    if (child !== undefined) byPart.set(bodyPartNumber, child);
  }
  return byPart;
}

/** The members of an ExtendedBodyPart, under whatever tag. Throws a violation. */
export function extendedIn(part: Element): ExtendedBodyPart | null {
  const members = childrenOf(part);
  const external = members.find(({ tag }) => tag === TAG.external);
  const data = external === undefined ? null : instanceIn(external);
  if (data === null) return null;
  const parameters = members.find(({ tag }) => tag === context(0));
  return {
    type: data.type,
    data,
    parameters: parameters === undefined ? null : orNull(() => instanceIn(parameters)),
  };
}
