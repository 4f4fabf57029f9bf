/**
 * List.
 *
 * Source: X.413 (1999) 8.2.2, module MSAbstractService.
 */
import { optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { ENTRY_CLASS_DELIVERY, EntryClass, MsExtensions, SequenceNumberType } from './common.js';
import { EntryInformation, EntryInformationSelection } from './selection.js';
import { Selector } from './selector.js';

/** There is no [2]. */
export const ListArgument = set('ListArgument', {
  entryClass: withDefault(tolerantExplicit(0, EntryClass), ENTRY_CLASS_DELIVERY),
  selector: required(tolerantExplicit(1, Selector)),
  requestedAttributes: optional(tolerantExplicit(3, EntryInformationSelection)),
  /** 1994. */
  extensions: optional(tolerantExplicit(4, MsExtensions)),
});
export type ListArgument = TypeOf<typeof ListArgument>;

export const ListResult = set('ListResult', {
  next: optional(tolerantExplicit(0, SequenceNumberType)),
  requested: optional(tolerantExplicit(1, sequenceOf(EntryInformation, 1))),
  /** 1994. */
  extensions: optional(tolerantExplicit(2, MsExtensions)),
});
export type ListResult = TypeOf<typeof ListResult>;
