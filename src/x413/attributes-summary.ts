/**
 * The attributes that tell what kind of interpersonal object an entry holds, and what is in it:
 * part by part, with the messages that are child-entries, and what of it the user has got.
 *
 * Source: X.420 (1999) 19.6.1, module IPMSMessageStoreAttributes.
 */
import { type ChoiceValue, choice } from '../asn1/choice.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { childrenOf } from '../asn1/elements.js';
import { wrap } from '../asn1/header.js';
import { lazy } from '../asn1/lazy.js';
import { sequenceOf } from '../asn1/list.js';
import { boolean, integer, type Oid, objectIdentifier } from '../asn1/primitive.js';
import type { Element } from '../asn1/reader.js';
import { sequence } from '../asn1/sequence.js';
import { context, numberOf } from '../asn1/tag.js';
import { implicit } from '../asn1/tagged.js';
import { type Asn1Type, encode } from '../asn1/type.js';
import { joinOctets } from '../base/octets.js';
import { opaqueSequence } from '../x411/opaque.js';
import { type AttributeDefinition, attribute, type Values } from './attribute.js';
import { type BodyPart, bodyPartsOf } from './body-part-view.js';
import { contentView } from './content-view.js';
import { CACHED_ATTRIBUTE, type Entry, type EntrySource } from './entry.js';

interface MessageSynopsis {
  readonly number: number;
  readonly synopsis: readonly BodyPartSynopsis[];
}
type BodyPartSynopsis = ChoiceValue<typeof synopsisAlternatives>;

const NonMessageBodyPartSynopsis = sequence('NonMessageBodyPartSynopsis', {
  type: required(implicit(0, objectIdentifier)),
  /** The contents of the EXTERNAL. */
  parameters: optional(implicit(1, opaqueSequence('EXTERNAL'))),
  size: required(implicit(2, integer())),
  processed: withDefault(implicit(3, boolean), false),
});

const IpmSynopsis: Asn1Type<readonly BodyPartSynopsis[]> = sequenceOf(
  lazy('BodyPartSynopsis', [context(0), context(1)], () => bodyPartSynopsis),
);
const MessageBodyPartSynopsis: Asn1Type<MessageSynopsis> = sequence('MessageBodyPartSynopsis', {
  number: required(implicit(0, integer())),
  synopsis: required(implicit(1, IpmSynopsis)),
});
const synopsisAlternatives = {
  message: implicit(0, MessageBodyPartSynopsis),
  nonMessage: implicit(1, NonMessageBodyPartSynopsis),
};
const bodyPartSynopsis: Asn1Type<BodyPartSynopsis> = choice(
  'BodyPartSynopsis',
  synopsisAlternatives,
);

const BodyPartDescriptor = sequence('BodyPartDescriptor', {
  data: required(implicit(0, objectIdentifier)),
  parameters: optional(implicit(1, objectIdentifier)),
  thisChildEntry: optional(implicit(2, integer())),
  position: required(implicit(3, integer())),
  size: required(implicit(4, integer())),
  processed: withDefault(implicit(5, boolean), false),
});

/**
 * Basic body parts by their tag: the last arc of the identifiers that their extended form has, and
 * whether they consist of parameters and data.
 */
const BASIC: ReadonlyMap<number, readonly [arc: number, hasParameters: boolean]> = new Map([
  [0, [0, true]],
  [2, [1, true]],
  [3, [2, true]],
  [4, [3, false]],
  [5, [4, true]],
  [6, [5, true]],
  [7, [10, false]],
  [8, [6, true]],
  [9, [7, true]],
  [11, [8, false]],
  [14, [9, false]],
]);
/** For tags that nobody has defined, or not since 1984: the arc of all body part types itself. */
const UNKNOWN_TYPE: Oid = '2.6.1.4';
/** Parts from this one on share its bit. */
const SHARED_BIT = 30;

interface PartFacts {
  readonly type: Oid;
  readonly parametersType: Oid | null;
  /** The contents of an EXTERNAL. */
  readonly parameters: Uint8Array | null;
  /** Octets of the data, encoded. */
  readonly size: number;
}

function factsOf({ element, extended }: BodyPart): PartFacts {
  if (extended !== null) {
    const { type, data, parameters } = extended;
    return {
      type,
      parametersType: parameters?.type ?? null,
      parameters: parameters?.element.content ?? null,
      size: data.encoding.contentEnd - data.encoding.contentStart,
    };
  }
  const [arc, hasParameters] = BASIC.get(numberOf(element.tag)) ?? [null, false];
  const type = arc === null ? UNKNOWN_TYPE : `2.6.1.4.${arc}`;
  if (!hasParameters)
    return { type, parametersType: null, parameters: null, size: sizeOf(element) };
  const [parameters, data] = childrenOf(element);
  const parametersType = `2.6.1.11.${arc}`;
  return {
    type,
    parametersType,
    parameters: parameters === undefined ? null : externalOf(parametersType, parameters),
    size: data === undefined ? 0 : sizeOf(data),
  };
}

const sizeOf = (element: Element) => element.end - element.start;

/** The contents of an INSTANCE OF around an element. */
function externalOf(type: Oid, value: Element): Uint8Array {
  return joinOctets([encode(objectIdentifier, type), ...wrap(context(0), [value.whole])]);
}

function isProcessed({ status, conveyed }: Entry, part: number): boolean {
  return status === 'processed' || (conveyed & (1 << Math.min(part, SHARED_BIT))) !== 0;
}

/** The child-entry of a body part, where it can be found. */
const childOf = (source: EntrySource, { child }: BodyPart) =>
  child === null ? null : source.related(child);

function synopsisOf(source: EntrySource): BodyPartSynopsis[] {
  return bodyPartsOf(source).map((part): BodyPartSynopsis => {
    const child = childOf(source, part);
    if (child !== null) {
      const number = child.entry.sequence;
      return { kind: 'message', value: { number, synopsis: synopsisOf(child) } };
    }
    const { type, parameters, size } = factsOf(part);
    const processed = isProcessed(source.entry, part.number);
    const value = { type, size, processed, ...(parameters !== null && { parameters }) };
    return { kind: 'nonMessage', value };
  });
}

const ipmSynopsis: Values = (source) =>
  contentView(source).message === null ? [] : [encode(IpmSynopsis, synopsisOf(source))];

const bodyPartsSummary: Values = (source) =>
  bodyPartsOf(source).map((part) => {
    const { type, parametersType, size } = factsOf(part);
    const child = childOf(source, part);
    const processed = isProcessed(source.entry, part.number) || child?.entry.status === 'processed';
    return encode(BodyPartDescriptor, {
      data: type,
      ...(parametersType !== null && { parameters: parametersType }),
      ...(child !== null && { thisChildEntry: child.entry.sequence }),
      position: part.number,
      size,
      processed,
    });
  });

/** IPMEntryType, from the index. */
const entryType: Values = ({ entry }) => {
  const value = entry.cached.get(CACHED_ATTRIBUTE.ipmEntryType);
  return value === undefined ? [] : [value];
};

export const SUMMARY_ATTRIBUTES: readonly AttributeDefinition[] = [
  attribute('2.6.1.6.0', 'ipm-entry-type', 'integer', 'LZX dcsf', entryType),
  attribute('2.6.1.6.1', 'ipm-synopsis', 'none', 'L dcsf', ipmSynopsis),
  attribute('2.6.1.6.2', 'body-parts-summary', 'none', '4ML dcsf', bodyPartsSummary),
];
