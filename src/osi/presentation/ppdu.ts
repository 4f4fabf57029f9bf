/**
 * Presentation PDUs of normal mode.
 *
 * Source: X.226 8.2 (module ISO8823-PRESENTATION).
 */
import { any } from '../../asn1/any.js';
import { type BitString, bitString } from '../../asn1/bit-string.js';
import { choice } from '../../asn1/choice.js';
import { listOrEmpty, optional, required } from '../../asn1/component.js';
import { headed } from '../../asn1/header.js';
import { sequenceOf } from '../../asn1/list.js';
import { integer, objectIdentifier, octetString } from '../../asn1/primitive.js';
import { type Element, readElement } from '../../asn1/reader.js';
import { sequence } from '../../asn1/sequence.js';
import { set } from '../../asn1/set.js';
import { application, context, TAG } from '../../asn1/tag.js';
import { application as applicationType, explicit, implicit } from '../../asn1/tagged.js';
import type { TypeOf } from '../../asn1/type.js';
import { ViolationError } from '../../base/errors.js';
import type { Pieces } from '../../base/octets.js';
import { BER_TRANSFER_SYNTAX, type ReceivedPresentationData } from './service.js';

/** ModeSelector: 1 normal; 0 is X.410 of 1984. */
export const NORMAL_MODE = 1;

const ContextItem = sequence('ContextItem', {
  id: required(integer()),
  abstractSyntax: required(objectIdentifier),
  transferSyntaxes: required(sequenceOf(objectIdentifier)),
});
export type ContextItem = TypeOf<typeof ContextItem>;

const ResultItem = sequence('ResultItem', {
  result: required(implicit(0, integer())),
  transferSyntax: optional(implicit(1, objectIdentifier)),
  providerReason: optional(implicit(2, integer())),
});
export type ResultItem = TypeOf<typeof ResultItem>;

const PdvList = sequence('PDV-list', {
  transferSyntax: optional(objectIdentifier),
  contextId: required(integer()),
  values: required(
    choice('PresentationDataValues', {
      singleAsn1Type: explicit(0, any),
      octetAligned: implicit(1, octetString()),
    }),
  ),
});
export type PdvList = TypeOf<typeof PdvList>;

/** User-data, fully encoded. */
export const UserData = applicationType(1, sequenceOf(PdvList, 1));
export type UserData = TypeOf<typeof UserData>;

const ModeSelector = set('ModeSelector', { mode: required(implicit(0, integer())) });

export const ConnectPpdu = set('CP-type', {
  mode: required(implicit(0, ModeSelector)),
  normal: optional(
    implicit(
      2,
      sequence('CP normal-mode-parameters', {
        protocolVersion: optional(implicit(0, bitString)),
        callingSelector: optional(implicit(1, octetString())),
        calledSelector: optional(implicit(2, octetString())),
        contexts: listOrEmpty(implicit(4, sequenceOf(ContextItem))),
        userData: optional(UserData),
      }),
    ),
  ),
});

export const AcceptPpdu = set('CPA-PPDU', {
  mode: required(implicit(0, ModeSelector)),
  normal: required(
    implicit(
      2,
      sequence('CPA normal-mode-parameters', {
        protocolVersion: optional(implicit(0, bitString)),
        respondingSelector: optional(implicit(3, octetString())),
        results: listOrEmpty(implicit(5, sequenceOf(ResultItem))),
        userData: optional(UserData),
      }),
    ),
  ),
});

export const RefusePpdu = sequence('CPR-PPDU', {
  respondingSelector: optional(implicit(3, octetString())),
  results: listOrEmpty(implicit(5, sequenceOf(ResultItem))),
  providerReason: optional(implicit(10, integer())),
  userData: optional(UserData),
});

const AbortContext = sequence('ContextIdentifier', {
  id: required(integer()),
  transferSyntax: required(objectIdentifier),
});

/** ARU: [0] IMPLICIT where normal mode is on. */
export const UserAbortPpdu = implicit(
  0,
  sequence('ARU-PPDU', {
    contexts: listOrEmpty(implicit(0, sequenceOf(AbortContext))),
    userData: optional(UserData),
  }),
);

export const ProviderAbortPpdu = sequence('ARP-PPDU', {
  reason: optional(implicit(0, integer())),
  event: optional(implicit(1, integer())),
});

/** X.226 Abort-reason and Event-identifier, as far as we send them. */
export const ABORT_REASON = {
  notSpecified: 0,
  unrecognizedPpdu: 1,
  unexpectedPpdu: 2,
  unexpectedParameter: 5,
  invalidParameterValue: 6,
} as const;
export const EVENT = {
  cp: 0,
  cpa: 1,
  cpr: 2,
  td: 7,
  release: 14,
  releaseConfirm: 15,
  tokenPlease: 17,
} as const;

/** A PPDU that cannot be taken, and the reason that the provider abort gives for it. */
export class PpduViolation extends ViolationError {
  readonly reason: number;

  constructor(reason: number, code: string) {
    super('presentation', code);
    this.reason = reason;
  }
}

const ContextId = integer('Presentation-context-identifier');

/** One value in fully encoded user data: headers in front, the value not copied. */
export function encodeUserData(contextId: number, data: Pieces): Pieces {
  return headed(data, (writer, bytesBehind) => {
    writer.around(context(0), bytesBehind);
    ContextId.encode(writer, contextId);
    writer.around(TAG.sequence, bytesBehind);
    writer.around(application(1), bytesBehind);
  });
}

/** The same as one octet string in decoded form, for PPDUs that are built whole. */
export function userDataOf(contextId: number, data: Uint8Array): UserData {
  return [{ contextId, values: { kind: 'singleAsn1Type', value: data } }];
}

/** What a value is, in whichever of the two forms it came. */
export function dataOf(pdv: PdvList): Uint8Array {
  return pdv.values.value;
}

const FULLY_ENCODED = application(1);
const SIMPLY_ENCODED = application(0);

/**
 * The values of a TD, walked by hand: every message of an association comes this way. Throws
 * {@link PpduViolation}, or a `ber` violation where the octets are no BER.
 */
export function decodeData(octets: Uint8Array): ReceivedPresentationData[] {
  const outer = readElement(octets);
  if (outer.tag === SIMPLY_ENCODED) {
    throw new PpduViolation(ABORT_REASON.invalidParameterValue, 'simply-encoded');
  }
  if (outer.tag !== FULLY_ENCODED) throw unrecognized('not-fully-encoded');
  const values: ReceivedPresentationData[] = [];
  const list = outer.children();
  for (let pdv = list.next(); pdv !== null; pdv = list.next()) values.push(decodePdv(pdv));
  if (values.length === 0) throw unrecognized('no-value');
  return values;
}

function decodePdv(element: Element): ReceivedPresentationData {
  if (element.tag !== TAG.sequence) throw unrecognized('no-pdv-list');
  const reader = element.children();
  let field = reader.next();
  if (field?.tag === TAG.objectIdentifier) {
    // The transfer syntax was settled with the context; naming that same one does no harm.
    if (objectIdentifier.decode(field) !== BER_TRANSFER_SYNTAX) {
      throw new PpduViolation(ABORT_REASON.unexpectedParameter, 'other-transfer-syntax');
    }
    field = reader.next();
  }
  if (field?.tag !== TAG.integer) throw unrecognized('no-context-identifier');
  const contextId = ContextId.decode(field);
  const values = reader.next();
  if (values === null || !reader.isAtEnd) throw unrecognized('bad-pdv-list');
  return { contextId, data: valueIn(values) };
}

function valueIn(values: Element): Uint8Array {
  if (values.tag === context(1)) return octetString().decode(values);
  if (values.tag !== context(0)) throw unrecognized('bad-encoding-choice');
  const reader = values.children();
  const only = reader.next();
  if (only === null || !reader.isAtEnd) throw unrecognized('bad-single-type');
  return only.whole;
}

function unrecognized(code: string): PpduViolation {
  return new PpduViolation(ABORT_REASON.unrecognizedPpdu, code);
}

/** Whether a protocol-version field holds version 1; absent means it does. */
export function hasVersion1(version: BitString | undefined): boolean {
  return version === undefined || ((version.octets[0] ?? 0) & 0x80) !== 0;
}
