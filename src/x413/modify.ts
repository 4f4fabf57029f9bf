/**
 * Modify, of 1994.
 *
 * Source: X.413 (1999) 8.2.7, 9.16, module MSAbstractService.
 */
import { any } from '../asn1/any.js';
import { choice } from '../asn1/choice.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { boolean, integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import { encode, type TypeOf } from '../asn1/type.js';
import { LIST_ENTRIES_MAX } from '../limits.js';
import { MS_ERROR } from '../x411/application-contexts.js';
import {
  ENTRY_CLASS_DELIVERY,
  EntryClass,
  MsExtensions,
  SequenceNumberList,
  SequenceNumberType,
} from './common.js';
import { MsRefusal } from './errors.js';
import { Attribute } from './selection.js';
import { Selector } from './selector.js';

/** A value, the position of one, or both; positions count from 1. */
export const OrderedValue = sequence('OrderedAttributeValue', {
  value: optional(tolerantExplicit(0, any)),
  position: optional(tolerantExplicit(1, integer('position', 1))),
});
export type OrderedValue = TypeOf<typeof OrderedValue>;

export const OrderedAttribute = sequence('OrderedAttribute', {
  type: required(objectIdentifier),
  values: required(sequenceOf(OrderedValue, 1)),
});
export type OrderedAttribute = TypeOf<typeof OrderedAttribute>;

export const Modification = choice('Modification', {
  addAttribute: tolerantExplicit(1, Attribute),
  removeAttribute: tolerantExplicit(2, objectIdentifier),
  addValues: tolerantExplicit(3, OrderedAttribute),
  removeValues: tolerantExplicit(4, OrderedAttribute),
});
export type Modification = TypeOf<typeof Modification>;

export const EntryModification = set('EntryModification', {
  strict: withDefault(tolerantExplicit(0, boolean), false),
  modification: required(Modification),
});
export type EntryModification = TypeOf<typeof EntryModification>;

export const ModifyArgument = set('ModifyArgument', {
  entryClass: withDefault(tolerantExplicit(0, EntryClass), ENTRY_CLASS_DELIVERY),
  entries: required(
    choice('ModifyEntries', {
      selector: tolerantExplicit(1, Selector),
      specificEntries: tolerantExplicit(2, sequenceOf(SequenceNumberType, 1, LIST_ENTRIES_MAX)),
    }),
  ),
  modifications: required(tolerantExplicit(3, sequenceOf(EntryModification, 1))),
  extensions: optional(tolerantExplicit(4, MsExtensions)),
});
export type ModifyArgument = TypeOf<typeof ModifyArgument>;

export const ModifyResult = set('ModifyResult', {
  entriesModified: optional(tolerantExplicit(0, SequenceNumberList)),
  extensions: optional(tolerantExplicit(1, MsExtensions)),
});
export type ModifyResult = TypeOf<typeof ModifyResult>;

export const MODIFY_PROBLEM = {
  'attribute-not-present': 0,
  'value-not-present': 1,
  'attribute-or-value-already-exists': 2,
  'invalid-position': 3,
  'modify-restriction-problem': 4,
} as const;
export type ModifyProblem = keyof typeof MODIFY_PROBLEM;

export const ModifyErrorParameter = set('ModifyErrorParameter', {
  entriesModified: optional(tolerantExplicit(0, SequenceNumberList)),
  failingEntry: required(tolerantExplicit(1, SequenceNumberType)),
  /** Counts from 1. */
  modificationNumber: required(tolerantExplicit(2, integer())),
  problem: required(tolerantExplicit(3, integer())),
});

/** What failed, and which entries were modified before it and stay so. */
export function modifyError(
  problem: ModifyProblem,
  failingEntry: number,
  modificationNumber: number,
  entriesModified: readonly number[],
): MsRefusal {
  const parameter = encode(ModifyErrorParameter, {
    ...(entriesModified.length > 0 && { entriesModified }),
    failingEntry,
    modificationNumber,
    problem: MODIFY_PROBLEM[problem],
  });
  return new MsRefusal('modify-error', { code: MS_ERROR.modifyError, parameter });
}
