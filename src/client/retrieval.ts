/**
 * What the user's side of P7 sends and reads. Only what this client uses of each type is declared;
 * members beyond that are passed over when they arrive.
 *
 * Source: X.413 (1999) 7 and 8, module MSAbstractService (EXPLICIT tags).
 */
import { any } from '../asn1/any.js';
import { bitString } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { listOrEmpty, optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { boolean, integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { utcTime } from '../asn1/string.js';
import { explicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { Credentials } from '../x411/credentials.js';
import { OrNameKept } from '../x411/or-name.js';

const number = integer('SequenceNumber');

export const MsBindArgument = set('MSBindArgument', {
  initiatorName: required(OrNameKept),
  initiatorCredentials: required(explicit(2, Credentials)),
  msConfigurationRequest: withDefault(explicit(5, boolean), false),
});

export const MsBindResult = set('MSBindResult', {
  responderCredentials: required(explicit(2, Credentials)),
  availableAutoActions: listOrEmpty(explicit(3, setOf(objectIdentifier))),
  availableAttributeTypes: listOrEmpty(explicit(4, setOf(objectIdentifier))),
  alertIndication: withDefault(explicit(5, boolean), false),
  contentTypesSupported: listOrEmpty(explicit(6, setOf(objectIdentifier))),
});
export type MsBindResult = TypeOf<typeof MsBindResult>;

const AttributeValueAssertion = sequence('AttributeValueAssertion', {
  type: required(objectIdentifier),
  value: required(any),
});

const FilterItem = choice('FilterItem', { equality: explicit(0, AttributeValueAssertion) });

export const Filter = choice('Filter', { item: explicit(0, FilterItem) });

const Range = choice('Range', {
  numbers: explicit(
    0,
    sequence('NumberRange', {
      from: optional(explicit(0, number)),
      to: optional(explicit(1, number)),
    }),
  ),
  times: explicit(
    1,
    sequence('TimeRange', {
      from: optional(explicit(0, utcTime)),
      to: optional(explicit(1, utcTime)),
    }),
  ),
});

export const Selector = set('Selector', {
  childEntries: withDefault(explicit(0, boolean), false),
  range: optional(explicit(1, Range)),
  /** A whole Filter, so that callers may bring one that this module cannot build. */
  filter: optional(explicit(2, any)),
  limit: optional(explicit(3, integer())),
  override: optional(explicit(4, bitString)),
});
export type Selector = TypeOf<typeof Selector>;

const AttributeSelection = set('AttributeSelection', {
  type: required(objectIdentifier),
  from: optional(explicit(0, integer())),
  count: optional(explicit(1, integer())),
});

const Attribute = sequence('Attribute', {
  type: required(objectIdentifier),
  values: required(sequenceOf(any)),
});

export const EntryInformation = sequence('EntryInformation', {
  sequenceNumber: required(number),
  attributes: listOrEmpty(setOf(Attribute)),
});
export type EntryInformation = TypeOf<typeof EntryInformation>;

export const SummarizeArgument = set('SummarizeArgument', {
  selector: required(explicit(1, Selector)),
  summaryRequests: listOrEmpty(explicit(2, sequenceOf(objectIdentifier))),
});

const PresentSummary = sequence('PresentSummary', {
  type: required(objectIdentifier),
  value: required(any),
  count: required(integer()),
});

const Summary = set('Summary', {
  absent: withDefault(explicit(0, integer()), 0),
  present: listOrEmpty(explicit(1, setOf(PresentSummary))),
});

const Span = sequence('Span', {
  lowest: required(explicit(0, number)),
  highest: required(explicit(1, number)),
});

export const SummarizeResult = set('SummarizeResult', {
  next: optional(explicit(0, number)),
  count: required(explicit(1, integer())),
  span: optional(explicit(2, Span)),
  summaries: listOrEmpty(explicit(3, sequenceOf(Summary))),
});
export type SummarizeResult = TypeOf<typeof SummarizeResult>;

export const ListArgument = set('ListArgument', {
  selector: required(explicit(1, Selector)),
  requestedAttributes: optional(explicit(3, setOf(AttributeSelection))),
});

export const ListResult = set('ListResult', {
  next: optional(explicit(0, number)),
  requested: listOrEmpty(explicit(1, sequenceOf(EntryInformation))),
});

export const FetchArgument = set('FetchArgument', {
  search: optional(explicit(1, Selector)),
  precise: optional(explicit(2, number)),
  requestedAttributes: optional(explicit(3, setOf(AttributeSelection))),
});

export const FetchResult = set('FetchResult', {
  entryInformation: optional(explicit(0, EntryInformation)),
  list: listOrEmpty(explicit(1, sequenceOf(number))),
  next: optional(explicit(2, number)),
});

export const DeleteArgument = set('DeleteArgument', {
  selector: optional(explicit(1, Selector)),
  sequenceNumbers: optional(explicit(2, setOf(number))),
});
