/**
 * Delete.
 *
 * Source: X.413 (1999) 8.2.4, module MSAbstractService.
 */
import { choice } from '../asn1/choice.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { nullType } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { LIST_ENTRIES_MAX } from '../limits.js';
import {
  ENTRY_CLASS_DELIVERY,
  EntryClass,
  MsExtensions,
  SequenceNumberList,
  SequenceNumberType,
} from './common.js';
import { Selector } from './selector.js';

export const DeleteItems = choice('DeleteItems', {
  selector: tolerantExplicit(1, Selector),
  sequenceNumbers: tolerantExplicit(2, setOf(SequenceNumberType, 1, LIST_ENTRIES_MAX)),
});
export type DeleteItems = TypeOf<typeof DeleteItems>;

export const DeleteArgument = set('DeleteArgument', {
  entryClass: withDefault(tolerantExplicit(0, EntryClass), ENTRY_CLASS_DELIVERY),
  items: required(DeleteItems),
  /** 1994. */
  extensions: optional(tolerantExplicit(3, MsExtensions)),
});
export type DeleteArgument = TypeOf<typeof DeleteArgument>;

/** 1988 knows only the NULL. */
export const DeleteResult = choice('DeleteResult', {
  result88: nullType,
  result94: set('DeleteResult94', {
    entriesDeleted: optional(tolerantExplicit(0, SequenceNumberList)),
    extensions: optional(tolerantExplicit(1, MsExtensions)),
  }),
});
export type DeleteResult = TypeOf<typeof DeleteResult>;
