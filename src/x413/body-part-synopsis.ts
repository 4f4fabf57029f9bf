/**
 * What a synopsis says of a body part: its type, how large its data are, and whether its user has
 * got it. Interpersonal and EDI messages say it in the same form.
 *
 * Source: X.420 (1999), module IPMSMessageStoreAttributes; X.435 (1999), module
 * EDIMSMessageStoreAttributes.
 */
import { type ChoiceValue, choice } from '../asn1/choice.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { childrenOf, orNull } from '../asn1/elements.js';
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
import type { BodyPart, ExtendedBodyPart } from './body-part-view.js';
import { conveyedBit, type Entry } from './entry.js';

interface MessageSynopsis {
  readonly number: number;
  readonly synopsis: readonly BodyPartSynopsis[];
}
export type BodyPartSynopsis = ChoiceValue<typeof synopsisAlternatives>;

const NonMessageBodyPartSynopsis = sequence('NonMessageBodyPartSynopsis', {
  type: required(implicit(0, objectIdentifier)),
  /** The contents of the EXTERNAL. */
  parameters: optional(implicit(1, opaqueSequence('EXTERNAL'))),
  size: required(implicit(2, integer())),
  processed: withDefault(implicit(3, boolean), false),
});

/** IPMSynopsis and EDIMSynopsis. */
export const Synopsis: Asn1Type<readonly BodyPartSynopsis[]> = sequenceOf(
  lazy('BodyPartSynopsis', [context(0), context(1)], () => bodyPartSynopsis),
);
const MessageBodyPartSynopsis: Asn1Type<MessageSynopsis> = sequence('MessageBodyPartSynopsis', {
  number: required(implicit(0, integer())),
  synopsis: required(implicit(1, Synopsis)),
});
const synopsisAlternatives = {
  message: implicit(0, MessageBodyPartSynopsis),
  nonMessage: implicit(1, NonMessageBodyPartSynopsis),
};
const bodyPartSynopsis: Asn1Type<BodyPartSynopsis> = choice(
  'BodyPartSynopsis',
  synopsisAlternatives,
);

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

export interface PartFacts {
  readonly type: Oid;
  readonly parametersType: Oid | null;
  /** The contents of an EXTERNAL. */
  readonly parameters: Uint8Array | null;
  /** Octets of the data, encoded. */
  readonly size: number;
}

export function factsOf({ element, extended }: BodyPart): PartFacts {
  if (extended !== null) return factsOfExtended(extended);
  const [arc, hasParameters] = BASIC.get(numberOf(element.tag)) ?? [null, false];
  const type = arc === null ? UNKNOWN_TYPE : `2.6.1.4.${arc}`;
  const [parameters, data] = (hasParameters ? orNull(() => childrenOf(element)) : null) ?? [];
  if (parameters === undefined || data === undefined) {
    return { type, parametersType: null, parameters: null, size: sizeOf(element) };
  }
  const parametersType = `2.6.1.11.${arc}`;
  return {
    type,
    parametersType,
    parameters: externalOf(parametersType, parameters),
    size: sizeOf(data),
  };
}

export function factsOfExtended({ type, data, parameters }: ExtendedBodyPart): PartFacts {
  return {
    type,
    parametersType: parameters?.type ?? null,
    parameters: parameters?.element.content ?? null,
    size: data.encoding.contentEnd - data.encoding.contentStart,
  };
}

/** The synopsis of a body part that is no message. */
export function synopsisOfPart(facts: PartFacts, processed: boolean): BodyPartSynopsis {
  const { type, parameters, size } = facts;
  const value = { type, size, processed, ...(parameters !== null && { parameters }) };
  return { kind: 'nonMessage', value };
}

const sizeOf = (element: Element) => element.end - element.start;

/** The contents of an INSTANCE OF around an element. */
function externalOf(type: Oid, value: Element): Uint8Array {
  return joinOctets([encode(objectIdentifier, type), ...wrap(context(0), [value.whole])]);
}

/** Whether the user has got the body part, counting from one. */
export function isProcessed({ status, conveyed }: Entry, part: number): boolean {
  return status === 'processed' || (conveyed & conveyedBit(part)) !== 0;
}
