/**
 * Contents made from their parts: for clients, for forwarding and for tests.
 *
 * Source: X.420 (1999) 7, 8; X.435 (1999) for EDI; STANAG 4406 Annex A for military messages.
 */
import { bitsOf } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { required } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { type Oid, objectIdentifier, octetString } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { printableString } from '../asn1/string.js';
import { context, TAG } from '../asn1/tag.js';
import { implicit } from '../asn1/tagged.js';
import { type Asn1Type, encode } from '../asn1/type.js';
import { BerWriter } from '../asn1/writer.js';
import { keepOrName, type OrName, OrNameKept } from '../x411/or-name.js';
import { teletexOfText } from '../x411/teletex.js';
import {
  type HeadingExtension,
  Precedence,
  RECIPIENT_EXTENSION,
  type RecipientSpecifier,
} from './heading.js';
import { InformationObject } from './ipm.js';
import type { Ipn } from './ipn.js';
import {
  DistributionCodes,
  ExtendedAuthorisationInfo,
  MessageType,
  MILITARY_EXTENSION,
  MilitaryStrings,
  MmhsPrecedence,
} from './military.js';

export interface IpmOptions {
  readonly originator: OrName;
  readonly identifier: string;
  readonly to?: readonly OrName[];
  readonly copy?: readonly OrName[];
  readonly subject?: string;
  /** Whole elements, as the builders of body-part.ts make them. */
  readonly body: readonly Uint8Array[];
  readonly extensions?: readonly HeadingExtension[];
  /** Bits of notification-requests, for every recipient. */
  readonly notificationRequests?: readonly number[];
  /** Precedence of every recipient, for the extended ATS service. */
  readonly precedence?: number;
}

/** The content octets of an IPM. */
export function composeIpm(options: IpmOptions): Uint8Array {
  const originator = keepOrName(options.originator);
  const { subject } = options;
  return encode(InformationObject, {
    kind: 'ipm',
    value: {
      heading: {
        thisIpm: { user: originator, userRelativeIdentifier: options.identifier },
        originator: { formalName: originator },
        primaryRecipients: (options.to ?? []).map((name) => recipientOf(name, options)),
        copyRecipients: (options.copy ?? []).map((name) => recipientOf(name, options)),
        obsoletedIpms: [],
        relatedIpms: [],
        ...(subject === undefined ? {} : { subject: subjectOf(subject) }),
        extensions: options.extensions ?? [],
      },
      body: options.body,
    },
  });
}

function subjectOf(text: string) {
  // What T.61 cannot write goes out with a question mark, as it would from a teletex keyboard.
  const octets = teletexOfText(text) ?? text.replaceAll(/[^ -~]/gu, '?');
  return { kind: 'teletex', value: octets } as const;
}

function recipientOf(name: OrName, options: IpmOptions): RecipientSpecifier {
  const { notificationRequests, precedence } = options;
  return {
    recipient: { formalName: keepOrName(name) },
    ...(notificationRequests === undefined
      ? {}
      : { notificationRequests: bitsOf(notificationRequests) }),
    ...(precedence === undefined
      ? {}
      : {
          recipientExtensions: [extension(RECIPIENT_EXTENSION.precedence, Precedence, precedence)],
        }),
  };
}

/** A heading or recipient extension. */
export function extension<T>(type: Oid, valueType: Asn1Type<T>, value: T): HeadingExtension {
  return { type, value: encode(valueType, value) };
}

/** The content octets of a notification. */
export function composeIpn(ipn: Ipn): Uint8Array {
  return encode(InformationObject, { kind: 'ipn', value: ipn });
}

/** The IPM SEQUENCE of a content, for putting into a message body part. */
export function ipmOfContent(content: Uint8Array): Uint8Array {
  return retagged(content, TAG.sequence);
}

/** The content that holds an IPM SEQUENCE, or an information object that is one already. */
export function contentOfIpm(ipm: Uint8Array): Uint8Array {
  return retagged(ipm, context(0));
}

function retagged(octets: Uint8Array, tag: typeof TAG.sequence): Uint8Array {
  const { content } = readElement(octets);
  const writer = new BerWriter(content.length + 16);
  writer.octets(content);
  writer.header(tag, true, 0);
  return writer.finish();
}

export interface MilitaryOptions {
  readonly primaryPrecedence?: number;
  readonly copyPrecedence?: number;
  readonly messageType?: MessageType;
  /** UTCTime. */
  readonly extendedAuthorisationInfo?: string;
  readonly sics?: readonly string[];
  readonly messageInstructions?: readonly string[];
}

/** Heading extensions that make an IPM a military message. */
export function militaryExtensions(options: MilitaryOptions): HeadingExtension[] {
  const list: HeadingExtension[] = [];
  const add = <T>(type: Oid, valueType: Asn1Type<T>, value: T | undefined) => {
    if (value !== undefined) list.push(extension(type, valueType, value));
  };
  const M = MILITARY_EXTENSION;
  add(M.primaryPrecedence, MmhsPrecedence, options.primaryPrecedence);
  add(M.copyPrecedence, MmhsPrecedence, options.copyPrecedence);
  add(M.messageType, MessageType, options.messageType);
  add(M.extendedAuthorisationInfo, ExtendedAuthorisationInfo, options.extendedAuthorisationInfo);
  const { sics } = options;
  add(M.distributionCodes, DistributionCodes, sics === undefined ? undefined : { sics });
  add(M.messageInstructions, MilitaryStrings, options.messageInstructions);
  return list;
}

/** EDIFACT in the ISO 646 repertoire. */
const EDIFACT_ISO646 = '2.6.7.11.0';

const EdiContent = choice('EDIInformationObject', {
  edim: implicit(
    0,
    sequence('EDIM', {
      heading: required(
        sequence('EDIMHeading', {
          thisEdim: required(
            implicit(
              1,
              set('EDIMIdentifier', {
                user: required(implicit(0, OrNameKept)),
                userRelativeIdentifier: required(implicit(1, printableString())),
              }),
            ),
          ),
          originator: required(implicit(2, OrNameKept)),
          recipients: required(
            implicit(
              3,
              setOf(
                sequence('RecipientsSubField', { recipient: required(implicit(1, OrNameKept)) }),
              ),
            ),
          ),
          ediBodyPartType: required(implicit(6, objectIdentifier)),
        }),
      ),
      body: required(
        sequence('EDIMBody', { primary: required(implicit(0, octetString('EDIBodyPart'))) }),
      ),
    }),
  ),
});

export interface EdiOptions {
  readonly originator: OrName;
  readonly identifier: string;
  readonly to: readonly OrName[];
  readonly interchange: Uint8Array;
}

/** The content octets of an EDI message (P35) with one EDIFACT interchange. */
export function composeEdi({ originator, identifier, to, interchange }: EdiOptions): Uint8Array {
  const from = keepOrName(originator);
  return encode(EdiContent, {
    kind: 'edim',
    value: {
      heading: {
        thisEdim: { user: from, userRelativeIdentifier: identifier },
        originator: from,
        recipients: to.map((name) => ({ recipient: keepOrName(name) })),
        ediBodyPartType: EDIFACT_ISO646,
      },
      body: { primary: interchange },
    },
  });
}
