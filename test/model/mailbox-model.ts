/**
 * A mailbox of X.413 as simply as it can be said: a list of entries and the rules of status, without
 * files, index or octets. It is written from the standard's words, and shares no code with the
 * store; where the two disagree, one of them is wrong.
 */

/** What a body part holds: a text, or a message of its own. */
export type Part = 'text' | Message;

export interface Message {
  readonly subject: string | null;
  readonly parts: readonly Part[];
}

export type Status = 0 | 1 | 2;

interface Entry {
  readonly number: number;
  readonly type: 'message' | 'report' | 'returned';
  readonly parent: Entry | null;
  /** In the order of the parts that they stand in. */
  readonly children: Entry[];
  readonly message: Message | null;
  /** 0 normal, 1 non-urgent, 2 urgent; null: absent. */
  readonly priority: number | null;
  status: Status;
  hasHeading: boolean;
  /** Numbers of the parts that the user has got, from 1. */
  readonly got: Set<number>;
  /** What the user has noted on it, in 1994. */
  notes: readonly string[];
}

export type Wanted =
  | 'content'
  | 'heading'
  | 'body'
  | 'subject'
  | 'priority'
  | 'status'
  | 'report-envelope'
  | 'notes'
  | { readonly texts: readonly [from: number, count: number] }
  | { readonly messages: readonly [from: number, count: number] };

export type Condition =
  | { readonly kind: 'status' | 'priority' | 'at-least' | 'at-most'; readonly value: number }
  | { readonly kind: 'has-subject' | 'has-priority' | 'has-notes' }
  | { readonly kind: 'subject' | 'subject-has' | 'note'; readonly text: string }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition };

export interface Choice {
  readonly children: boolean;
  readonly from: number | null;
  readonly to: number | null;
  readonly condition: Condition | null;
  readonly limit: number | null;
}

export type Deletion =
  | { readonly kind: 'done' }
  | { readonly kind: 'unknown'; readonly numbers: readonly number[] }
  | { readonly kind: 'refused'; readonly numbers: readonly number[] };

/** A note that is added, or all that are taken away; strictly: not where there are some, or none. */
export interface Noting {
  readonly text: string | null;
  readonly isStrict: boolean;
}

export type Noted =
  | { readonly kind: 'done'; readonly numbers: readonly number[] }
  | { readonly kind: 'unknown'; readonly numbers: readonly number[] }
  | { readonly kind: 'failed'; readonly number: number; readonly before: readonly number[] };

export class MailboxModel {
  #entries: Entry[] = [];
  #last = 0;
  /** What List tells where it is asked for nothing. */
  listDefaults: readonly Wanted[] = [];

  deliver(message: Message, priority: number): void {
    this.#add('message', null, message, priority);
  }

  /** `returned`: the content that it returns. */
  report(returned: Message | null): void {
    const report = this.#add('report', null, null, null);
    if (returned !== null) this.#add('returned', report, returned, null);
  }

  #add(
    type: Entry['type'],
    parent: Entry | null,
    message: Message | null,
    priority: number | null,
  ) {
    this.#last += 1;
    const entry: Entry = {
      number: this.#last,
      type,
      parent,
      children: [],
      message,
      priority,
      status: 0,
      hasHeading: false,
      got: new Set(),
      notes: [],
    };
    parent?.children.push(entry);
    this.#entries.push(entry);
    // A message within comes without the envelope that it was delivered in, and so has no priority.
    for (const part of message?.parts ?? []) {
      if (part !== 'text') this.#add('message', entry, part, null);
    }
    return entry;
  }

  statuses(): Record<number, Status> {
    return Object.fromEntries(this.#entries.map(({ number, status }) => [number, status]));
  }

  select(choice: Choice): { readonly numbers: number[]; readonly next: number | null } {
    const { children, from, to, condition, limit } = choice;
    const matches = this.#entries.filter(
      (entry) =>
        (children || entry.parent === null) &&
        entry.number >= (from ?? 0) &&
        entry.number <= (to ?? Number.POSITIVE_INFINITY) &&
        (condition === null || holds(entry, condition)),
    );
    const numbers = matches.map(({ number }) => number);
    const cut = limit ?? numbers.length;
    return { numbers: numbers.slice(0, cut), next: numbers[cut] ?? null };
  }

  /** What List conveys of each entry: the types that it has, of those asked for. */
  list(choice: Choice, wanted: readonly Wanted[]) {
    const { numbers, next } = this.select(choice);
    const entries = numbers.map((number) => {
      const entry = this.#entry(number);
      const values = wanted.map((each) => toldOf(entry, each));
      if (values.some((value) => value !== null) && entry.status === 0) entry.status = 1;
      return { number, values };
    });
    return { entries, next };
  }

  has(number: number): boolean {
    return this.#entries.some((entry) => entry.number === number);
  }

  fetch(number: number, wanted: readonly Wanted[]): (string | number | null)[] {
    const entry = this.#entry(number);
    const values = wanted.map((each) => toldOf(entry, each));
    if (entry.status === 0) entry.status = 1;
    for (const each of wanted) this.#convey(entry, each);
    return values;
  }

  /** Entry by entry; those before the one that fails stay as they have become. */
  note(numbers: readonly number[], { text, isStrict }: Noting): Noted {
    const unknown = numbers.filter((number) => !this.has(number));
    if (unknown.length > 0) return { kind: 'unknown', numbers: unknown };
    const done: number[] = [];
    for (const number of numbers) {
      const entry = this.#entry(number);
      const { notes } = entry;
      const isBarred = isStrict && (text === null ? notes.length === 0 : notes.length > 0);
      if (isBarred) return { kind: 'failed', number, before: done };
      const isKnown = text !== null && notes.some((each) => fold(each) === fold(text));
      if (text === null) entry.notes = [];
      else if (!isKnown) entry.notes = [...notes, text];
      done.push(number);
    }
    return { kind: 'done', numbers: done };
  }

  /** As the user says, back too: what he has got of it before does not count any more. */
  setStatus(numbers: readonly number[], status: Status): Noted {
    const unknown = numbers.filter((number) => !this.has(number));
    if (unknown.length > 0) return { kind: 'unknown', numbers: unknown };
    for (const number of numbers) {
      const entry = this.#entry(number);
      if (entry.status === status) continue;
      entry.status = status;
      entry.hasHeading = false;
      entry.got.clear();
    }
    return { kind: 'done', numbers };
  }

  delete(numbers: readonly number[]): Deletion {
    const unknown = numbers.filter((number) => !this.has(number));
    if (unknown.length > 0) return { kind: 'unknown', numbers: unknown };
    const entries = numbers.map((number) => this.#entry(number));
    const barred = entries.filter(({ parent, status }) => parent !== null || status === 0);
    if (barred.length > 0) {
      return { kind: 'refused', numbers: barred.map(({ number }) => number) };
    }
    const gone = new Set(entries.flatMap(treeOf));
    this.#entries = this.#entries.filter((entry) => !gone.has(entry));
    return { kind: 'done' };
  }

  #entry(number: number): Entry {
    const entry = this.#entries.find((each) => each.number === number);
    if (entry === undefined) throw new Error(`the model has no entry ${number}`);
    return entry;
  }

  #convey(entry: Entry, wanted: Wanted): void {
    const { message, type } = entry;
    if (wanted === 'report-envelope' && type === 'report') entry.status = 2;
    if (message === null) return;
    const all = message.parts.map((_, i) => i + 1);
    if (wanted === 'content' || wanted === 'heading') entry.hasHeading = true;
    if (wanted === 'content' || wanted === 'body') gotParts(entry, all);
    if (typeof wanted === 'object') gotParts(entry, partsMeant(message, wanted));
    processed(entry);
  }
}

/** The parts that a range of values of one type means. */
function partsMeant(message: Message, wanted: Extract<Wanted, object>): number[] {
  const isText = 'texts' in wanted;
  const [from, count] = isText ? wanted.texts : wanted.messages;
  const numbers = message.parts.flatMap((part, i) => ((part === 'text') === isText ? [i + 1] : []));
  return numbers.slice(from - 1, from - 1 + count);
}

/** Whoever has got a message within has got all that is in it. */
function gotParts(entry: Entry, numbers: readonly number[]): void {
  for (const number of numbers) {
    entry.got.add(number);
    const child = childIn(entry, number);
    if (child !== null) gotAll(child);
  }
}

function gotAll(entry: Entry): void {
  entry.hasHeading = true;
  gotParts(
    entry,
    (entry.message?.parts ?? []).map((_, i) => i + 1),
  );
  entry.status = 2;
}

function childIn(entry: Entry, part: number): Entry | null {
  const within = (entry.message?.parts ?? []).slice(0, part).filter((each) => each !== 'text');
  if (entry.message?.parts[part - 1] === 'text') return null;
  return entry.children[within.length - 1] ?? null;
}

/** Processed with heading and all parts; and then the part that it is itself has been got. */
function processed(entry: Entry): void {
  const { message, parent, got } = entry;
  const isWhole = message?.parts.every((_, i) => got.has(i + 1)) === true && entry.hasHeading;
  if (!isWhole || entry.status === 2) return;
  entry.status = 2;
  if (parent === null || parent.type === 'report') return;
  const number = (parent.message?.parts ?? []).findIndex(
    (_, i) => childIn(parent, i + 1) === entry,
  );
  parent.got.add(number + 1);
  processed(parent);
}

function treeOf(entry: Entry): Entry[] {
  return [entry, ...entry.children.flatMap(treeOf)];
}

/** A value, or how many there are of those that are long; null where there is none. */
function toldOf(entry: Entry, wanted: Wanted): string | number | null {
  const { message, priority, status, type } = entry;
  if (typeof wanted === 'object') {
    const count = message === null ? 0 : partsMeant(message, wanted).length;
    return count === 0 ? null : count;
  }
  switch (wanted) {
    case 'status':
      return status;
    case 'priority':
      return priority;
    case 'subject':
      return message?.subject ?? null;
    case 'report-envelope':
      return type === 'report' ? 1 : null;
    case 'notes':
      return entry.notes.join('|') || null;
    default:
      return message === null ? null : 1;
  }
}

const fold = (text: string) => text.toLowerCase();

function holds(entry: Entry, condition: Condition): boolean {
  const { status, priority, number, message } = entry;
  const subject = message?.subject ?? null;
  switch (condition.kind) {
    case 'status':
      return status === condition.value;
    case 'priority':
      return priority === condition.value;
    case 'at-least':
      return number >= condition.value;
    case 'at-most':
      return number <= condition.value;
    case 'has-subject':
      return subject !== null;
    case 'has-priority':
      return priority !== null;
    case 'has-notes':
      return entry.notes.length > 0;
    case 'note':
      return entry.notes.some((each) => fold(each) === fold(condition.text));
    case 'subject':
      return subject !== null && fold(subject) === fold(condition.text);
    case 'subject-has':
      return subject !== null && fold(subject).includes(fold(condition.text));
    case 'and':
      return condition.parts.every((part) => holds(entry, part));
    case 'or':
      return condition.parts.some((part) => holds(entry, part));
    case 'not':
      return !holds(entry, condition.part);
  }
}
