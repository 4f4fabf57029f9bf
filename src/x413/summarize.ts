/**
 * Summarize.
 *
 * Source: X.413 (1999) 8.2.1, module MSAbstractService.
 */
import { any } from '../asn1/any.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { SEQUENCE_NUMBER_MAX } from '../limits.js';
import { ENTRY_CLASS_DELIVERY, EntryClass, MsExtensions, SequenceNumberType } from './common.js';
import { Selector } from './selector.js';

export const SummarizeArgument = set('SummarizeArgument', {
  entryClass: withDefault(tolerantExplicit(0, EntryClass), ENTRY_CLASS_DELIVERY),
  selector: required(tolerantExplicit(1, Selector)),
  summaryRequests: optional(tolerantExplicit(2, sequenceOf(objectIdentifier, 1))),
  /** 1994. */
  extensions: optional(tolerantExplicit(3, MsExtensions)),
});
export type SummarizeArgument = TypeOf<typeof SummarizeArgument>;

export const Summary = set('Summary', {
  absent: optional(tolerantExplicit(0, integer())),
  present: optional(
    tolerantExplicit(
      1,
      setOf(
        sequence('SummaryPresentItem', {
          type: required(objectIdentifier),
          value: required(any),
          count: required(integer()),
        }),
        0,
        SEQUENCE_NUMBER_MAX,
      ),
    ),
  ),
});
export type Summary = TypeOf<typeof Summary>;

export const Span = sequence('Span', {
  lowest: required(tolerantExplicit(0, SequenceNumberType)),
  highest: required(tolerantExplicit(1, SequenceNumberType)),
});

export const SummarizeResult = set('SummarizeResult', {
  next: optional(tolerantExplicit(0, SequenceNumberType)),
  count: required(tolerantExplicit(1, integer())),
  span: optional(tolerantExplicit(2, Span)),
  summaries: optional(tolerantExplicit(3, sequenceOf(Summary, 1))),
  /** 1994. */
  extensions: optional(tolerantExplicit(4, MsExtensions)),
});
export type SummarizeResult = TypeOf<typeof SummarizeResult>;
