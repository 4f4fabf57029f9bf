/**
 * Modify: attributes that are the user's own are added, changed and taken away, entry by entry. All
 * modifications of one entry are made, or none; entries before the one that fails stay modified.
 *
 * The retrieval-status is no mark but a fact of the entry, which has it once, always: one value is
 * taken away and another added, in one Modify.
 *
 * Source: X.413 (1999) 8.2.7, 9.2, 9.11, 9.16; 11.6 and id-ext 1 for the retrieval-status.
 */
import { namedInteger, type Oid } from '../asn1/primitive.js';
import { decode, encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { equalOctets, NO_OCTETS } from '../base/octets.js';
import type { StatusChange } from '../store/contract.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import { REVISED_REPLY_TIME } from '../x413/attributes-heading.js';
import type { Edition } from '../x413/common.js';
import { RETRIEVAL_STATUS } from '../x413/entry.js';
import type { MsRefusal } from '../x413/errors.js';
import { entryClassError, sequenceNumberError } from '../x413/errors.js';
import {
  type EntryModification,
  type Modification,
  type ModifyArgument,
  type ModifyProblem,
  ModifyResult,
  modifyError,
  type OrderedValue,
} from '../x413/modify.js';
import { MessageGroupName } from '../x413/register.js';
import { AttributeProblems, attributeOf } from './attribute-problems.js';
import { type EntryMarks, type Marks, NO_ENTRY_MARKS } from './marks.js';
import { keyOf, refuseUnknownGroups } from './message-groups.js';
import { checkArgument, type OperationContext } from './operation.js';
import type { MessageGroup } from './registrations.js';
import { prepareSelector, select } from './select.js';
import { NO_PACE, type Sliced } from './sliced.js';

const RETRIEVAL_STATUS_TYPE: Oid = '2.6.4.3.15';
const Status = namedInteger('retrieval-status', RETRIEVAL_STATUS);

/**
 * ms-marked-for-deletion, message-group-name, message-notes, storage-period, storage-time; and the
 * user's own time of reply to an interpersonal message.
 */
const MARKS: ReadonlySet<Oid> = new Set([
  '2.6.4.3.56',
  '2.6.4.3.57',
  '2.6.4.3.58',
  '2.6.4.3.73',
  '2.6.4.3.74',
  REVISED_REPLY_TIME,
]);
export const MODIFIABLE: ReadonlySet<Oid> = new Set([...MARKS, RETRIEVAL_STATUS_TYPE]);
export const MESSAGE_GROUP_NAME: Oid = '2.6.4.3.57';

/** The keys of the groups that entries have been put into. */
export function groupsInUse(marks: Marks): ReadonlySet<string> {
  const names = [...marks.values()].flatMap((entry) => entry.get(MESSAGE_GROUP_NAME) ?? []);
  return new Set(names.map((name) => keyOf(decode(MessageGroupName, name))));
}

export interface Modified {
  /** Those of the context, the same object, where none has become another. */
  readonly marks: Marks;
  /** What the user has set the status of entries to, where it was another. */
  readonly statuses: readonly StatusChange[];
  readonly result: Uint8Array;
  /** What stopped it on the way; the marks are those of the entries before. */
  readonly failure: MsRefusal | null;
}

type Values = readonly Uint8Array[];
type Attempt = Values | ModifyProblem;

/** Throws MsRefusal where nothing at all is to be modified. `groups`: those of the moment. */
export function* modify(
  context: OperationContext,
  argument: ModifyArgument,
  groups: () => readonly MessageGroup[],
): Sliced<Modified> {
  const { edition, mailbox, marks, pace = NO_PACE } = context;
  const { modifications } = argument;
  checkArgument(argument, context);
  // A log tells what was; nobody writes into it.
  if (context.isStored !== undefined) throw entryClassError(argument.entryClass, 'inappropriate');
  const problems = new AttributeProblems(context.unsubscribed);
  const definitions = modifications.map((each) => checked(each.modification, edition, problems));
  const entries = yield* entriesOf(context, argument, problems);
  const next = new Map(marks);
  const statuses: StatusChange[] = [];
  const entriesModified: number[] = [];
  let failure: MsRefusal | null = null;
  let isChanged = false;
  for (const sequence of entries) {
    const entry = mailbox.entry(sequence);
    if (entry === null) continue;
    const before = new Map(marks.get(sequence) ?? NO_ENTRY_MARKS);
    before.set(RETRIEVAL_STATUS_TYPE, [encode(Status, entry.status)]);
    const outcome = modified(before, modifications, definitions);
    if ('problem' in outcome) {
      failure = modifyError(outcome.problem, sequence, outcome.number, entriesModified);
      break;
    }
    const [value = NO_OCTETS] = outcome.get(RETRIEVAL_STATUS_TYPE) ?? [];
    const status = decode(Status, value);
    if (status !== entry.status) statuses.push({ sequence: entry.sequence, status, conveyed: 0 });
    outcome.delete(RETRIEVAL_STATUS_TYPE);
    isChanged ||= !isSame(outcome, marks.get(sequence) ?? NO_ENTRY_MARKS);
    if (outcome.size > 0) next.set(sequence, outcome);
    else next.delete(sequence);
    entriesModified.push(sequence);
    if (pace.isOver) yield;
  }
  // At the end, for groups may have gone meanwhile; nothing is written yet.
  checkGroups(modifications, groups());
  const result = encode(ModifyResult, { ...(entriesModified.length > 0 && { entriesModified }) });
  return { marks: isChanged ? next : marks, statuses, result, failure };
}

function isSame(left: EntryMarks, right: EntryMarks): boolean {
  const isSameList = (values: Values, others: Values) =>
    values.length === others.length &&
    values.every((value, i) => equalOctets(value, others[i] ?? NO_OCTETS));
  return (
    left.size === right.size &&
    [...left].every(([oid, values]) => isSameList(values, right.get(oid) ?? []))
  );
}

/** In ascending order as List would give them, or as they are named. */
function* entriesOf(
  context: OperationContext,
  { entries }: ModifyArgument,
  problems: AttributeProblems,
): Sliced<number[]> {
  const { mailbox, edition } = context;
  if (entries.kind === 'specificEntries') {
    problems.refuse();
    const numbers = [...new Set(entries.value)];
    const unknown = numbers.filter((number) => mailbox.entry(number) === null);
    if (unknown.length > 0) throw sequenceNumberError(unknown);
    return numbers;
  }
  const prepared = prepareSelector(entries.value, edition, problems);
  problems.refuse();
  const { entries: selected } = yield* select(
    context,
    prepared,
    Number.MAX_SAFE_INTEGER,
    Number.POSITIVE_INFINITY,
  );
  return selected.map(({ sequence }) => sequence);
}

/** The attribute of a modification; null, and a problem, where it may not be modified so. */
function checked(
  modification: Modification,
  edition: Edition,
  problems: AttributeProblems,
): AttributeDefinition | null {
  const type = typeOf(modification);
  const definition = attributeOf(type, edition, problems);
  if (definition === null) return null;
  if (!MODIFIABLE.has(type)) {
    problems.add('inappropriate-modification', type);
    return null;
  }
  const values = addedValues(modification);
  if (!definition.isMultiValued && values.length > 1) {
    problems.add('single-valued-attribute', type);
  }
  for (const value of values) {
    if (!isOfSyntax(definition, value)) problems.add('invalid-attribute-value', type, value);
  }
  return definition;
}

function typeOf(modification: Modification): Oid {
  return modification.kind === 'removeAttribute' ? modification.value : modification.value.type;
}

function addedValues(modification: Modification): Values {
  if (modification.kind === 'addAttribute') return modification.value.values;
  if (modification.kind !== 'addValues') return [];
  return modification.value.values.flatMap(({ value }) => value ?? []);
}

/** A value of the syntax is one that its equality rule takes; of NULL there is but one. */
function isOfSyntax({ matching, oid }: AttributeDefinition, value: Uint8Array): boolean {
  if (matching.equality === null) return equalOctets(value, Uint8Array.of(5, 0));
  try {
    matching.equality.test(value);
    if (oid === RETRIEVAL_STATUS_TYPE) decode(Status, value);
    return true;
  } catch (error) {
    if (error instanceof ViolationError) return false;
    throw error;
  }
}

function checkGroups(
  modifications: readonly EntryModification[],
  groups: readonly MessageGroup[],
): void {
  const added = modifications
    .filter(({ modification }) => typeOf(modification) === MESSAGE_GROUP_NAME)
    .flatMap(({ modification }) => addedValues(modification));
  refuseUnknownGroups(
    added.map((value) => decode(MessageGroupName, value)),
    groups,
  );
}

/** One entry's marks after all modifications; or the problem, and of which modification. */
function modified(
  marks: EntryMarks,
  modifications: readonly EntryModification[],
  definitions: readonly (AttributeDefinition | null)[],
): Map<Oid, Values> | { readonly problem: ModifyProblem; readonly number: number } {
  const next = new Map(marks);
  for (const [index, { strict, modification }] of modifications.entries()) {
    const definition = definitions[index];
    if (definition == null) continue;
    const { oid } = definition;
    const attempt = attempted(next.get(oid) ?? [], modification, strict, definition);
    if (typeof attempt === 'string') return { problem: attempt, number: index + 1 };
    if (attempt.length > 0) next.set(oid, attempt);
    else next.delete(oid);
  }
  // No entry is without a status, however it was left to be.
  if (next.has(RETRIEVAL_STATUS_TYPE)) return next;
  const isOfStatus = (each: EntryModification) =>
    typeOf(each.modification) === RETRIEVAL_STATUS_TYPE;
  const number = modifications.findLastIndex(isOfStatus) + 1;
  return { problem: 'modify-restriction-problem', number };
}

function attempted(
  values: Values,
  modification: Modification,
  strict: boolean,
  definition: AttributeDefinition,
): Attempt {
  switch (modification.kind) {
    case 'addAttribute': {
      if (strict && values.length > 0) return 'attribute-or-value-already-exists';
      const added = modification.value.values.map((value) => ({ value }));
      return withAdded(values, added, false, definition);
    }
    case 'removeAttribute':
      return strict && values.length === 0 ? 'attribute-not-present' : [];
    case 'addValues':
      return withAdded(values, modification.value.values, strict, definition);
    case 'removeValues':
      return withoutRemoved(values, modification.value.values, strict, definition);
  }
}

/** A position is where the new value will stand; behind the end is nowhere, or the end. */
function withAdded(
  values: Values,
  added: readonly OrderedValue[],
  strict: boolean,
  definition: AttributeDefinition,
): Attempt {
  const next = [...values];
  for (const { value, position = next.length + 1 } of added) {
    if (value === undefined) return 'modify-restriction-problem';
    if (indexOf(next, value, definition) >= 0) {
      if (strict) return 'attribute-or-value-already-exists';
      continue;
    }
    if (strict && position > next.length + 1) return 'invalid-position';
    // A single value that is not this one would become a second.
    if (!definition.isMultiValued && next.length > 0) return 'modify-restriction-problem';
    next.splice(position - 1, 0, new Uint8Array(value));
  }
  return next;
}

function withoutRemoved(
  values: Values,
  removed: readonly OrderedValue[],
  strict: boolean,
  definition: AttributeDefinition,
): Attempt {
  const gone = new Set<number>();
  for (const { value, position } of removed) {
    const index = value === undefined ? (position ?? 0) - 1 : indexOf(values, value, definition);
    const isThere = index >= 0 && index < values.length;
    if (isThere) gone.add(index);
    else if (strict) return value === undefined ? 'invalid-position' : 'value-not-present';
  }
  return values.filter((_, index) => !gone.has(index));
}

function indexOf(values: Values, value: Uint8Array, { matching }: AttributeDefinition): number {
  const test = matching.equality?.test(value);
  return values.findIndex((other) =>
    test === undefined ? equalOctets(other, value) : test([other]) === true,
  );
}
