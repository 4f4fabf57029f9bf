/**
 * Body parts: the few that we make and read, and a name for all others.
 *
 * Source: X.420 (1999) 7.3, modules IPMSInformationObjects, IPMSExtendedBodyPartTypes2,
 * IPMSFileTransferBodyPartType.
 */
import { any } from '../asn1/any.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { External, externalValue } from '../asn1/external.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { integer, type Oid } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { generalString, graphicString, ia5String, utcTime } from '../asn1/string.js';
import { implicit } from '../asn1/tagged.js';
import { decode, encode, type TypeOf } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { joinOctets } from '../base/octets.js';
import { opaqueSet } from '../x411/opaque.js';
import { generalTextOf, textOfGeneralText } from './general-text.js';

/** Types of extended body parts, by the OID of their data. */
export const BODY_PART_TYPE = {
  ia5Text: '2.6.1.4.0',
  message: '2.6.1.4.7',
  generalText: '2.6.1.4.11',
  fileTransfer: '2.6.1.4.12',
  report: '2.6.1.4.14',
  notification: '2.6.1.4.15',
  mmMessage: '1.3.26.0.4406.0.7.9',
} as const;

/** `2.6.1.4.17.` and the arcs of the content type. */
export const FORWARDED_CONTENT_ARC = '2.6.1.4.17.';

const PARAMETERS = {
  message: '2.6.1.11.7',
  generalText: '2.6.1.11.11',
  fileTransfer: '2.6.1.11.12',
  mmMessage: '1.3.26.0.4406.0.7.10',
} as const;

const Ia5TextBodyPart = sequence('IA5TextBodyPart', {
  parameters: required(set('IA5TextParameters', { repertoire: optional(implicit(0, integer())) })),
  data: required(ia5String()),
});

export const MessageParameters = set('MessageParameters', {
  deliveryTime: optional(implicit(0, utcTime)),
  /** The contents octets of the SET of delivery fields. */
  deliveryEnvelope: optional(implicit(1, opaqueSet('OtherMessageDeliveryFields'))),
});
export type MessageParameters = TypeOf<typeof MessageParameters>;

const MessageBodyPart = sequence('MessageBodyPart', {
  parameters: required(MessageParameters),
  /** A whole IPM SEQUENCE. */
  data: required(any),
});

const ExtendedBodyPart = sequence('ExtendedBodyPart', {
  parameters: optional(implicit(0, External)),
  data: required(External),
});

const FileTransferParameters = sequence('FileTransferParameters', {
  fileAttributes: optional(
    implicit(
      4,
      sequence('FileAttributes', {
        pathname: optional(
          choice('PathnameAttribute', {
            incomplete: implicit(0, sequenceOf(graphicString())),
            complete: implicit(23, sequenceOf(graphicString())),
          }),
        ),
      }),
    ),
  ),
});

const BodyPartChoice = choice('BodyPart', {
  ia5Text: implicit(0, Ia5TextBodyPart),
  message: implicit(9, MessageBodyPart),
  extended: implicit(15, ExtendedBodyPart),
  other: any,
});

export type BodyPart =
  | { readonly kind: 'text'; readonly text: string; readonly type: 'ia5-text' | 'general-text' }
  | {
      readonly kind: 'message';
      readonly parameters: MessageParameters;
      /** A whole IPM SEQUENCE. */
      readonly ipm: Uint8Array;
    }
  | { readonly kind: 'file'; readonly name: string | null; readonly octets: Uint8Array }
  | { readonly kind: 'other'; readonly type: Oid | null; readonly octets: Uint8Array };

/** What a body part is. One that is unknown or broken is `other`; this never throws for octets. */
export function describeBodyPart(octets: Uint8Array): BodyPart {
  try {
    const part = decode(BodyPartChoice, octets);
    if (part.kind === 'ia5Text') return { kind: 'text', text: part.value.data, type: 'ia5-text' };
    if (part.kind === 'message') {
      return { kind: 'message', parameters: part.value.parameters, ipm: part.value.data };
    }
    if (part.kind === 'extended') return describeExtended(part.value, octets);
  } catch (error) {
    if (!(error instanceof ViolationError)) throw error;
  }
  return { kind: 'other', type: null, octets };
}

function describeExtended(part: TypeOf<typeof ExtendedBodyPart>, octets: Uint8Array): BodyPart {
  const type = part.data.directReference ?? null;
  const value = externalValue(part.data);
  const parameters = part.parameters === undefined ? null : externalValue(part.parameters);
  if (value === null) return { kind: 'other', type, octets };
  if (type === BODY_PART_TYPE.ia5Text) {
    return { kind: 'text', text: decode(ia5String(), value), type: 'ia5-text' };
  }
  if (type === BODY_PART_TYPE.generalText) {
    const characterSets = parameters === null ? [] : decode(setOf(integer()), parameters);
    const text = textOfGeneralText({ characterSets, octets: decode(generalString(), value) });
    return { kind: 'text', text, type: 'general-text' };
  }
  if (type === BODY_PART_TYPE.message || type === BODY_PART_TYPE.mmMessage) {
    const known = parameters === null ? {} : decode(MessageParameters, parameters);
    return { kind: 'message', parameters: known, ipm: value };
  }
  if (type === BODY_PART_TYPE.fileTransfer) return describeFile(value, parameters);
  return { kind: 'other', type, octets };
}

function describeFile(value: Uint8Array, parameters: Uint8Array | null): BodyPart {
  const pieces = decode(sequenceOf(External), value).map((piece) => externalValue(piece));
  const pathname =
    parameters === null
      ? undefined
      : decode(FileTransferParameters, parameters).fileAttributes?.pathname;
  return {
    kind: 'file',
    name: pathname?.value.at(-1) ?? null,
    octets: joinOctets(pieces.filter((piece) => piece !== null)),
  };
}

export function ia5TextPart(text: string): Uint8Array {
  return encode(implicit(0, Ia5TextBodyPart), { parameters: {}, data: text });
}

export function generalTextPart(text: string): Uint8Array {
  const { characterSets, octets } = generalTextOf(text);
  return extendedPart(
    BODY_PART_TYPE.generalText,
    encode(generalString(), octets),
    PARAMETERS.generalText,
    encode(setOf(integer()), characterSets),
  );
}

/** A forwarded message: `ipm` is a whole IPM SEQUENCE. */
export function messagePart(ipm: Uint8Array, parameters: MessageParameters = {}): Uint8Array {
  return encode(implicit(9, MessageBodyPart), { parameters, data: ipm });
}

/** A forwarded message as an extended body part: military, or the plain one in its other form. */
export function extendedMessagePart(
  kind: 'message' | 'mmMessage',
  ipm: Uint8Array,
  parameters: MessageParameters = {},
): Uint8Array {
  return extendedPart(
    BODY_PART_TYPE[kind],
    ipm,
    PARAMETERS[kind],
    encode(MessageParameters, parameters),
  );
}

/** The default of contents-type: FTAM-3, unstructured binary. */
const UNSTRUCTURED_BINARY = '1.0.8571.5.3';

export function fileTransferPart(octets: Uint8Array, name: string): Uint8Array {
  const data = encode(sequenceOf(External), [
    {
      directReference: UNSTRUCTURED_BINARY,
      encoding: { kind: 'octetAligned', value: octets },
    },
  ]);
  const pathname = { kind: 'incomplete', value: [name] } as const;
  return extendedPart(
    BODY_PART_TYPE.fileTransfer,
    data,
    PARAMETERS.fileTransfer,
    encode(FileTransferParameters, { fileAttributes: { pathname } }),
  );
}

/** An extended body part around whole elements. */
export function extendedPart(
  type: Oid,
  value: Uint8Array,
  parametersType?: Oid,
  parameters?: Uint8Array,
): Uint8Array {
  const data = { directReference: type, encoding: { kind: 'singleAsn1Type', value } } as const;
  if (parametersType === undefined || parameters === undefined) {
    return encode(implicit(15, ExtendedBodyPart), { data });
  }
  const encoding = { kind: 'singleAsn1Type', value: parameters } as const;
  return encode(implicit(15, ExtendedBodyPart), {
    parameters: { directReference: parametersType, encoding },
    data,
  });
}
