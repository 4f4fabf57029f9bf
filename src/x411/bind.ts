/**
 * Bind of P3.
 *
 * Source: X.411 (1999) 8.1, module MTSAbstractService, MTSBind.
 */
import { choice } from '../asn1/choice.js';
import { listOrEmpty, optional, required } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { integer } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { ia5String } from '../asn1/string.js';
import { explicit, implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { Credentials } from './credentials.js';
import { Extensions } from './extension.js';
import { OrNameKept } from './or-name.js';
import { SecurityLabel } from './security-label.js';

/** Who speaks. A message store speaks with the name of its user. */
export const ObjectName = choice('ObjectName', {
  userAgent: OrNameKept,
  mta: implicit(0, ia5String()),
  messageStore: implicit(4, OrNameKept),
});
export type ObjectName = TypeOf<typeof ObjectName>;

export const DeliveryQueue = set('DeliveryQueue', {
  messages: required(implicit(0, integer())),
  octets: optional(implicit(1, integer())),
});

export const MessagesWaiting = set('MessagesWaiting', {
  urgent: required(implicit(0, DeliveryQueue)),
  normal: required(implicit(1, DeliveryQueue)),
  nonUrgent: required(implicit(2, DeliveryQueue)),
});
export type MessagesWaiting = TypeOf<typeof MessagesWaiting>;

export const SecurityContext = setOf(SecurityLabel);

export const MtsBindArgument = set('MTSBindArgument', {
  initiatorName: required(ObjectName),
  messagesWaiting: optional(explicit(1, MessagesWaiting)),
  initiatorCredentials: required(explicit(2, Credentials)),
  securityContext: optional(implicit(3, SecurityContext)),
  extensions: listOrEmpty(implicit(5, Extensions)),
});
export type MtsBindArgument = TypeOf<typeof MtsBindArgument>;

export const MtsBindResult = set('MTSBindResult', {
  responderName: required(ObjectName),
  messagesWaiting: optional(explicit(1, MessagesWaiting)),
  responderCredentials: required(explicit(2, Credentials)),
  extensions: listOrEmpty(implicit(5, Extensions)),
});
export type MtsBindResult = TypeOf<typeof MtsBindResult>;

export const MTS_BIND_ERROR = {
  busy: 0,
  authenticationError: 2,
  unacceptableDialogueMode: 3,
  unacceptableSecurityContext: 4,
  inadequateAssociationConfidentiality: 5,
} as const;

export const MtsBindError = integer('MTSBindError');
export type MtsBindError = TypeOf<typeof MtsBindError>;
