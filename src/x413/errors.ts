/**
 * The abstract-errors of the message store: what each carries, and one constructor for each.
 *
 * Source: X.413 (1999) 9, module MSAbstractService.
 */
import { any } from '../asn1/any.js';
import { namedBits } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { integer, type Oid, objectIdentifier } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { generalString } from '../asn1/string.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import { encode, type TypeOf } from '../asn1/type.js';
import { RefusalError } from '../base/errors.js';
import { SEQUENCE_NUMBER_MAX } from '../limits.js';
import { MS_ERROR, MTS_ERROR } from '../x411/application-contexts.js';
import { type Edition, EntryClass, SequenceNumberList, SequenceNumberType } from './common.js';

/** The local code of an abstract-error, and its parameter encoded; null for NULL. */
export interface MsError {
  readonly code: number;
  readonly parameter: Uint8Array | null;
}

/** A refusal that is ready for the wire. */
export class MsRefusal extends RefusalError<string, MsError> {}

/** The wire form of whatever was thrown; null where it is no refusal of the message store. */
export function msErrorOf(error: unknown): MsError | null {
  return error instanceof MsRefusal ? error.parameter : null;
}

export const ATTRIBUTE_PROBLEM = {
  'invalid-attribute-value': 0,
  'unavailable-attribute-type': 1,
  'inappropriate-matching': 2,
  'attribute-type-not-subscribed': 3,
  'inappropriate-for-operation': 4,
  /** 1994, of Modify. */
  'inappropriate-modification': 5,
  'single-valued-attribute': 6,
} as const;

export const AttributeErrorParameter = set('AttributeErrorParameter', {
  problems: required(
    tolerantExplicit(
      0,
      setOf(
        set('AttributeProblemItem', {
          problem: required(tolerantExplicit(0, integer())),
          type: required(tolerantExplicit(1, objectIdentifier)),
          value: optional(tolerantExplicit(2, any)),
        }),
        1,
      ),
    ),
  ),
});

export interface AttributeProblem {
  readonly problem: keyof typeof ATTRIBUTE_PROBLEM;
  readonly type: Oid;
  readonly value?: Uint8Array;
}

export function attributeError(problems: readonly AttributeProblem[]): MsRefusal {
  const parameter = encode(AttributeErrorParameter, {
    problems: problems.map((item) => ({ ...item, problem: ATTRIBUTE_PROBLEM[item.problem] })),
  });
  return new MsRefusal('attribute-error', { code: MS_ERROR.attributeError, parameter });
}

export const DELETE_PROBLEM = {
  'child-entry-specified': 0,
  'delete-restriction-problem': 1,
  /** 1994. */
  'new-entry-specified': 2,
  'entry-class-restriction': 3,
  'stored-message-exists': 4,
} as const;

export const DeleteErrorParameter = set('DeleteErrorParameter', {
  problems: required(
    tolerantExplicit(
      0,
      setOf(
        set('DeleteProblemItem', {
          problem: required(tolerantExplicit(0, integer())),
          sequenceNumber: required(tolerantExplicit(1, SequenceNumberType)),
        }),
        1,
        SEQUENCE_NUMBER_MAX,
      ),
    ),
  ),
  /** 1994. */
  entriesDeleted: optional(tolerantExplicit(1, SequenceNumberList)),
});

export interface DeleteProblem {
  readonly problem: keyof typeof DELETE_PROBLEM;
  readonly sequenceNumber: number;
}

export function deleteError(problems: readonly DeleteProblem[]): MsRefusal {
  const parameter = encode(DeleteErrorParameter, {
    problems: problems.map((item) => ({ ...item, problem: DELETE_PROBLEM[item.problem] })),
  });
  return new MsRefusal('delete-error', { code: MS_ERROR.deleteError, parameter });
}

export const FETCH_RESTRICTION_PROBLEM = {
  contentType: 1,
  eit: 2,
  attributeLength: 3,
} as const;

export const FetchRestriction = choice('FetchRestriction', {
  contentType: tolerantExplicit(0, objectIdentifier),
  eit: tolerantExplicit(1, setOf(objectIdentifier)),
  attributeLength: tolerantExplicit(2, integer()),
});

export const FetchRestrictionErrorParameter = set('FetchRestrictionErrorParameter', {
  problems: required(
    tolerantExplicit(
      0,
      setOf(
        set('FetchRestrictionProblemItem', {
          problem: required(tolerantExplicit(3, integer())),
          restriction: required(FetchRestriction),
        }),
        1,
      ),
    ),
  ),
});

/** The restrictions name what offended; the problem follows from their kind. */
export function fetchRestrictionError(
  restrictions: readonly TypeOf<typeof FetchRestriction>[],
): MsRefusal {
  const parameter = encode(FetchRestrictionErrorParameter, {
    problems: restrictions.map((restriction) => ({
      problem: FETCH_RESTRICTION_PROBLEM[restriction.kind],
      restriction,
    })),
  });
  const code = MS_ERROR.fetchRestrictionError;
  return new MsRefusal('fetch-restriction-error', { code, parameter });
}

/** Arguments that decode but make no sense together, or are of another edition. */
export function invalidParametersError(): MsRefusal {
  const code = MS_ERROR.invalidParametersError;
  return new MsRefusal('invalid-parameters-error', { code, parameter: null });
}

export const RangeErrorParameter = set('RangeErrorParameter', {
  problem: required(tolerantExplicit(0, integer())),
});

/** An inverted range. 1988 only, and reversed is its only problem. */
export function rangeError(): MsRefusal {
  const parameter = encode(RangeErrorParameter, { problem: 0 });
  return new MsRefusal('range-error', { code: MS_ERROR.rangeError, parameter });
}

/** Its outer tag is [1], where all others have [0]. */
export const SequenceNumberErrorParameter = set('SequenceNumberErrorParameter', {
  problems: required(
    tolerantExplicit(
      1,
      setOf(
        set('SequenceNumberProblemItem', {
          problem: required(tolerantExplicit(0, integer())),
          sequenceNumber: required(tolerantExplicit(1, SequenceNumberType)),
        }),
        1,
        SEQUENCE_NUMBER_MAX,
      ),
    ),
  ),
});

/** No such entry, for each of the numbers. */
export function sequenceNumberError(numbers: readonly number[]): MsRefusal {
  const parameter = encode(SequenceNumberErrorParameter, {
    problems: numbers.map((sequenceNumber) => ({ problem: 0, sequenceNumber })),
  });
  return new MsRefusal('sequence-number-error', { code: MS_ERROR.sequenceNumberError, parameter });
}

export const SERVICE_PROBLEM = { busy: 0, unavailable: 1, 'unwilling-to-perform': 2 } as const;

export const ServiceErrorParameter = set('ServiceErrorParameter', {
  problem: required(tolerantExplicit(0, integer())),
  /** 1994. */
  supplementaryInformation: optional(tolerantExplicit(1, generalString())),
});

export function serviceError(problem: keyof typeof SERVICE_PROBLEM): MsRefusal {
  const parameter = encode(ServiceErrorParameter, { problem: SERVICE_PROBLEM[problem] });
  return new MsRefusal('service-error', { code: MS_ERROR.serviceError, parameter });
}

/** 1994. */
export const MsExtensionErrorParameter = choice('MSExtensionErrorParameter', {
  msExtensionProblem: tolerantExplicit(0, any),
  unknownMsExtension: tolerantExplicit(1, objectIdentifier),
});

/** An extension that is not known and may not be passed over. 1994 only. */
export function unknownExtensionError(type: Oid): MsRefusal {
  const unknown = { kind: 'unknownMsExtension', value: type } as const;
  const parameter = encode(MsExtensionErrorParameter, unknown);
  return new MsRefusal('ms-extension-error', { code: MS_ERROR.msExtensionError, parameter });
}

/** Bits of the problem. */
export const ENTRY_CLASS_PROBLEM = {
  unsupported: 0,
  'not-subscribed': 1,
  inappropriate: 2,
} as const;
const EntryClassProblem = namedBits('EntryClassProblem', ENTRY_CLASS_PROBLEM);

/** 1994. */
export const EntryClassErrorParameter = set('EntryClassErrorParameter', {
  entryClass: required(tolerantExplicit(0, EntryClass)),
  problem: required(tolerantExplicit(1, EntryClassProblem)),
});

/** 1994 only. */
export function entryClassError(
  entryClass: number,
  problem: keyof typeof ENTRY_CLASS_PROBLEM,
): MsRefusal {
  const parameter = encode(EntryClassErrorParameter, { entryClass, problem: new Set([problem]) });
  return new MsRefusal('entry-class-error', { code: MS_ERROR.entryClassError, parameter });
}

/**
 * Of a retrieval operation: X.413 set a code of its own aside in 1988, later the MTS's is named.
 */
export function msSecurityError(problem: number, edition: Edition): MsRefusal {
  const code = edition === '88' ? MS_ERROR.securityError : MTS_ERROR.securityError;
  return new MsRefusal('security-error', { code, parameter: encode(integer(), problem) });
}
