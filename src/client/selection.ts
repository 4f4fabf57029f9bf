/**
 * Which entries and which of their attributes, in the form of the library and in that of the wire.
 *
 * Source: X.413 (1999) 8.1, Selector, EntryInformationSelection.
 */
import type { Oid } from '../asn1/primitive.js';
import type { RetrievalStatus } from '../x413/entry.js';
import type { EntryInformationSelection } from '../x413/selection.js';
import type { Range, Selector } from '../x413/selector.js';
import type { OfClass } from './entry-class.js';
import { type Filter, where } from './filter.js';
import { utcTimeOf } from './utc-time.js';

/** Sequence numbers; both ends belong to it, a missing one is open. */
export interface NumberRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Creation times in whole seconds, 1950 to 2049; both ends belong to it, a missing one is open. */
export interface TimeRange {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** Which restriction of the bind's `fetchRestrictions` one call lifts. */
export type Override = 'contentTypes' | 'eits' | 'attributeLength';

/** Which entries. Everything that is left out does not restrict. */
export interface Selection extends OfClass {
  /** The protocol has one or the other in a call; put a time into the filter to have both. */
  readonly range?: NumberRange | TimeRange | undefined;
  readonly status?: RetrievalStatus | undefined;
  /** Made with `where`. Together with `status` it must hold as well. */
  readonly filter?: Filter | undefined;
  /** At most so many, counted in ascending order. From 1. */
  readonly limit?: number | undefined;
  /** Forwarded messages and returned contents as well. */
  readonly childEntries?: boolean | undefined;
  readonly override?: readonly Override[] | undefined;
}

/** One attribute; of its values those from number `from` on (counted from one), `count` of them. */
export interface AttributeChoice {
  readonly type: Oid;
  readonly from?: number;
  readonly count?: number;
}

/** Attributes to convey. Left out: what is registered; empty: sequence numbers only. */
export interface Wanted {
  readonly attributes?: readonly (Oid | AttributeChoice)[] | undefined;
}

const OVERRIDE_BIT = {
  contentTypes: 'overrideContentTypesRestriction',
  eits: 'overrideEitsRestriction',
  attributeLength: 'overrideAttributeLengthRestriction',
} as const;

export function selectorOf(selection: Selection): Selector {
  const { range, limit, childEntries, override } = selection;
  const filter = filterOf(selection);
  return {
    childEntries: childEntries ?? false,
    ...(range !== undefined && { range: rangeOf(range) }),
    ...(filter !== undefined && { filter }),
    ...(limit !== undefined && { limit }),
    ...(override !== undefined && { override: new Set(override.map((one) => OVERRIDE_BIT[one])) }),
  };
}

function filterOf({ status, filter }: Selection): Filter | undefined {
  if (status === undefined) return filter;
  return filter === undefined ? where.status(status) : where.all(where.status(status), filter);
}

function rangeOf(range: NumberRange | TimeRange): Range {
  if ('since' in range || 'until' in range) {
    const { since, until } = range;
    const value = {
      ...(since !== undefined && { from: utcTimeOf(since) }),
      ...(until !== undefined && { to: utcTimeOf(until) }),
    };
    return { kind: 'creationTimeRange', value };
  }
  const { from, to } = range as NumberRange;
  const value = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return { kind: 'sequenceNumberRange', value };
}

/**
 * The same entries from a number on, for going on where the store cut. A range of times moves into
 * the filter, for the protocol has one range.
 */
export function fromNumber(selection: Selection, from: number): Selection {
  const { range = {}, filter } = selection;
  if (!('since' in range || 'until' in range)) return { ...selection, range: { ...range, from } };
  const { since, until } = range;
  const parts = [
    ...(filter === undefined ? [] : [filter]),
    ...(since === undefined ? [] : [where.createdSince(since)]),
    ...(until === undefined ? [] : [where.createdUntil(until)]),
  ];
  return { ...selection, range: { from }, filter: where.all(...parts) };
}

/** The argument's member, ready to be spread. */
export function requestedAttributes({ attributes }: Wanted): {
  readonly requestedAttributes?: EntryInformationSelection;
} {
  if (attributes === undefined) return {};
  return {
    requestedAttributes: attributes.map((one) => (typeof one === 'string' ? { type: one } : one)),
  };
}
