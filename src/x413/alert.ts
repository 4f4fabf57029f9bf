/**
 * Alert, which the message store invokes.
 *
 * Source: X.413 (1999) 8.2.6, module MSAbstractService.
 */
import { optional, required } from '../asn1/component.js';
import { integer, nullType } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { EntryInformation } from './selection.js';

/** There is no [1]. */
export const AlertArgument = set('AlertArgument', {
  alertRegistrationIdentifier: required(tolerantExplicit(0, integer())),
  newEntry: optional(tolerantExplicit(2, EntryInformation)),
});
export type AlertArgument = TypeOf<typeof AlertArgument>;

export const AlertResult = nullType;
