/**
 * The store and a simple model of X.413 are asked the same, at random, and agree: answers, errors
 * and the status of every entry, whichever of several associations asks; over stops and kills as
 * well. `make model`, or MODEL_SEED and MODEL_STEPS, for more of it: 100,000 operations take about
 * twenty minutes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../src/base/random.js';
import { composeReport } from '../../src/client/index.js';
import type { Edition } from '../../src/x413/common.js';
import type { Filter } from '../../src/x413/filter.js';
import type { Modification } from '../../src/x413/modify.js';
import { ia5TextPart, messagePart } from '../../src/x420/body-part.js';
import { ipmOfContent } from '../../src/x420/compose.js';
import { type Bench, conformanceBench } from '../support/conformance.js';
import { deliver, ipm, mtaLink } from '../support/fixture-f1.js';
import {
  and,
  equality,
  int,
  item,
  loose,
  not,
  numbers,
  or,
  P7User,
  present,
  priority,
  refusalOf,
  STATUS,
  teletex,
  valuesOf,
} from '../support/p7-user.js';
import { addressOf } from '../support/server.js';
import {
  type Choice,
  type Condition,
  type Deletion,
  MailboxModel,
  type Message,
  type Wanted,
} from './mailbox-model.js';

const SEED = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 1e9));
/** Who is bound to the mailbox at the same time. */
const CREWS: { readonly crew: readonly Edition[] }[] = [
  { crew: ['88'] },
  { crew: ['94'] },
  { crew: ['88', '94', '88', '94'] },
];
/** Of each crew. */
const STEPS = Math.ceil(Number(process.env.MODEL_STEPS ?? 300) / CREWS.length);
/** Steps between two restarts, on average. */
const STEPS_RUNNING = Math.max(50, STEPS / 200);
const PRIORITY = '2.6.4.3.31';
const NUMBER = '2.6.4.3.39';
const SUBJECT = '2.6.1.7.4';
const TYPES = {
  content: '2.6.4.3.1',
  heading: '2.6.1.7.0',
  body: '2.6.1.8.0',
  subject: SUBJECT,
  priority: PRIORITY,
  status: STATUS,
  'report-envelope': '2.6.4.3.34',
  notes: '2.6.4.3.58',
} as const;
const TYPES_OF_88 = (Object.keys(TYPES) as (keyof typeof TYPES)[]).filter(
  (each) => each !== 'notes',
);
const TEXTS = '2.6.1.8.1';
const MESSAGES = '2.6.1.8.26';
const SUBJECTS = ['Alpha', 'Beta', 'alphabet soup', 'BET', 'zz'];
const PRIORITIES = ['normal', 'non-urgent', 'urgent'] as const;
const NOTES = ['seen', 'to do', 'SEEN'];
const LISTABLE = ['heading', 'subject', 'priority', 'status'] as const;

/** What is done at random, and with what. */
class Dice {
  constructor(readonly random: Random) {}

  below(count: number): number {
    return this.random.below(count);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** Mostly of one of the last few entries, so that something comes of it; at times of none. */
  number(last: number): number {
    return this.below(5) === 0 ? this.below(last + 2) : Math.max(0, last - this.below(6));
  }

  message(depth = 0): Message {
    const parts = Array.from({ length: this.below(3) }, () =>
      depth < 2 && this.below(2) === 0 ? this.message(depth + 1) : ('text' as const),
    );
    return { subject: this.below(4) === 0 ? null : this.oneOf(SUBJECTS), parts };
  }

  condition(last: number, edition: Edition, depth = 0): Condition {
    const kind = this.below(depth < 3 ? 11 : 8);
    const text = this.oneOf([...SUBJECTS, 'al', 'et', 'ha so']);
    if (edition === '94' && this.below(6) === 0) {
      return this.below(2) === 0 ? { kind: 'has-notes' } : { kind: 'note', text: 'seen' };
    }
    switch (kind) {
      case 0:
        return { kind: 'status', value: this.below(3) };
      case 1:
        return { kind: 'priority', value: this.below(3) };
      case 2:
        return { kind: 'at-least', value: this.below(last + 2) };
      case 3:
        return { kind: 'at-most', value: this.below(last + 2) };
      case 4:
        return { kind: 'has-subject' };
      case 5:
        return { kind: 'has-priority' };
      case 6:
        return { kind: 'subject', text };
      case 7:
        return { kind: 'subject-has', text };
      case 8:
        return { kind: 'not', part: this.condition(last, edition, depth + 1) };
      default: {
        const parts = Array.from({ length: this.below(4) }, () =>
          this.condition(last, edition, depth + 1),
        );
        return { kind: kind === 9 ? 'and' : 'or', parts };
      }
    }
  }

  choice(last: number, edition: Edition): Choice {
    const from = this.below(3) === 0 ? this.below(last + 2) : null;
    const to = this.below(3) === 0 ? (from ?? 0) + this.below(last + 2) : null;
    return {
      children: this.below(2) === 0,
      from,
      to,
      condition: this.below(2) === 0 ? this.condition(last, edition) : null,
      limit: this.below(3) === 0 ? 1 + this.below(5) : null,
    };
  }

  wanted(isForList: boolean, edition: Edition): Wanted[] {
    const own = edition === '94' ? (['notes'] as const) : [];
    const all: Wanted[] = isForList
      ? [...LISTABLE, ...own]
      : [
          ...own,
          ...TYPES_OF_88,
          { texts: [1 + this.below(3), this.below(4)] },
          { messages: [1 + this.below(2), this.below(3)] },
        ];
    return all.filter(() => this.below(4) === 0);
  }
}

function filterOf(condition: Condition): Filter {
  const number = (kind: 'greaterOrEqual' | 'lessOrEqual', value: number) =>
    item({ kind, value: { type: NUMBER, value: int(value) } });
  switch (condition.kind) {
    case 'status':
      return equality(STATUS, int(condition.value));
    case 'priority':
      return equality(PRIORITY, priority(condition.value));
    case 'at-least':
      return number('greaterOrEqual', condition.value);
    case 'at-most':
      return number('lessOrEqual', condition.value);
    case 'has-subject':
      return present(SUBJECT);
    case 'has-priority':
      return present(PRIORITY);
    case 'has-notes':
      return present(TYPES.notes);
    case 'note':
      return equality(TYPES.notes, teletex(condition.text));
    case 'subject':
      return equality(SUBJECT, teletex(condition.text));
    case 'subject-has': {
      const strings = [{ kind: 'any', value: teletex(condition.text) }] as const;
      return item({ kind: 'substrings', value: { type: SUBJECT, strings } });
    }
    case 'and':
      return and(...condition.parts.map(filterOf));
    case 'or':
      return or(...condition.parts.map(filterOf));
    case 'not':
      return not(filterOf(condition.part));
  }
}

function selectorOf({ children, from, to, condition, limit }: Choice) {
  const isRanged = from !== null || to !== null;
  return {
    childEntries: children,
    ...(isRanged && numbers(from ?? undefined, to ?? undefined)),
    ...(condition !== null && { filter: filterOf(condition) }),
    ...(limit !== null && { limit }),
  };
}

function attributeOf(wanted: Wanted) {
  if (typeof wanted === 'string') return TYPES[wanted];
  const isText = 'texts' in wanted;
  const [from, count] = isText ? wanted.texts : wanted.messages;
  return { type: isText ? TEXTS : MESSAGES, from, count };
}

/** A value as the model tells it. */
function told(wanted: Wanted, values: readonly string[]): string | number | null {
  const [first] = values;
  if (first === undefined) return null;
  if (typeof wanted === 'object') return values.length;
  const textOf = (value: string) => Buffer.from(value, 'hex').subarray(2).toString('latin1');
  if (wanted === 'notes') return values.map(textOf).join('|');
  const octets = Buffer.from(first, 'hex');
  if (wanted === 'status' || wanted === 'priority') return octets.at(-1) ?? null;
  return wanted === 'subject' ? textOf(first) : 1;
}

let identifiers = 0;
function contentOf(message: Message): Uint8Array {
  identifiers += 1;
  return ipm('model', {
    identifier: `m${identifiers}`,
    ...(message.subject !== null && { subject: message.subject }),
    body: message.parts.map((part) =>
      part === 'text' ? ia5TextPart('text') : messagePart(ipmOfContent(contentOf(part))),
    ),
  });
}

describe(`the store and the model, MODEL_SEED=${SEED} MODEL_STEPS=${STEPS * CREWS.length}`, () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(CREWS.length);
  });
  const done = { operations: 0, kills: 0, stops: 0, startMs: performance.now() };
  afterAll(async () => {
    await bench.dispose();
    const seconds = Math.round((performance.now() - done.startMs) / 1_000);
    const { operations, kills, stops } = done;
    console.log(
      `${operations} operations, ${kills} kills and ${stops} stops between them, agreed:`,
      `${seconds} s, seed ${SEED}`,
    );
  });

  test.each(CREWS)(
    'agree, bound as $crew',
    { timeout: Math.max(60_000, STEPS * 200) },
    async ({ crew }) => {
      const mailbox = bench.empty();
      const dice = new Dice(seededRandom(SEED + crew.length * 100 + Number(crew[0])));
      const model = new MailboxModel();
      let last = 0;
      const bindAll = () =>
        Promise.all(crew.map((edition) => P7User.bind(bench.server, mailbox, { edition })));
      let users = await bindAll();
      let mta = await mtaLink(bench.server, mailbox);
      const anyone = () => dice.oneOf(users);

      const restart = async () => {
        // What was acknowledged last is on disk, and every status before it.
        if (dice.below(2) === 0) {
          await arrive();
          await bench.server.kill();
          done.kills += 1;
        } else {
          done.stops += 1;
          await Promise.all([...users.map((user) => user.unbind()), mta.unbind()]);
          await bench.server.stop();
        }
        await bench.server.start();
        users = await bindAll();
        mta = await mtaLink(bench.server, mailbox);
      };
      const arrive = async () => {
        if (dice.below(4) > 0) {
          const message = dice.message();
          const urgency = dice.below(3);
          await deliver(mta, mailbox, {
            content: contentOf(message),
            priority: PRIORITIES[urgency] ?? 'normal',
          });
          model.deliver(message, urgency);
        } else {
          const returned = dice.below(2) === 0 ? dice.message(1) : null;
          await mta.report(
            composeReport({
              recipient: addressOf('x'),
              outcome: 'delivery',
              contentType: '2.6.1.10.1',
              ...(returned !== null && { returnedContent: contentOf(returned) }),
            }),
          );
          model.report(returned);
        }
        last = Math.max(last, ...Object.keys(model.statuses()).map(Number));
      };
      const list = async () => {
        const user = anyone();
        const choice = dice.choice(last, user.edition);
        const isDefault = dice.below(4) === 0;
        const wanted = isDefault ? model.listDefaults : dice.wanted(true, user.edition);
        const asked = isDefault ? undefined : wanted.map(attributeOf);
        const answer = await user.list(selectorOf(choice), asked);
        const entries = (answer.requested ?? []).map((entry) => ({
          number: entry.sequenceNumber,
          values: wanted.map((each) => {
            const attribute = attributeOf(each);
            const type = typeof attribute === 'string' ? attribute : attribute.type;
            return told(each, valuesOf(entry, type));
          }),
        }));
        expect({ entries, next: answer.next ?? null }).toEqual(model.list(choice, wanted));
      };
      const fetch = async () => {
        const user = anyone();
        const wanted = dice.wanted(false, user.edition);
        const number = dice.number(last);
        const fetched = user.fetch(number, wanted.map(attributeOf));
        if (!model.has(number)) {
          const problems = [{ problem: 0, sequenceNumber: number }];
          expect(await refusalOf(fetched)).toEqual({ code: 28, problems });
          return;
        }
        const { entryInformation } = await fetched;
        const values = wanted.map((each) => {
          const attribute = attributeOf(each);
          const type = typeof attribute === 'string' ? attribute : attribute.type;
          return told(each, valuesOf(entryInformation, type));
        });
        expect(values).toEqual(model.fetch(number, wanted));
      };
      const search = async () => {
        const user = anyone();
        const choice = dice.choice(last, user.edition);
        const answer = await user.fetch(selectorOf(choice), []);
        const first = answer.entryInformation?.sequenceNumber;
        const found = first === undefined ? [] : [first, ...(answer.list ?? [])];
        const selected = model.select(choice);
        expect({ numbers: found, next: answer.next ?? null }).toEqual(selected);
        if (first !== undefined) model.fetch(first, []);
        const { count, next } = await user.summarize(selectorOf(choice));
        // The search may have changed what a condition on the status selects.
        const again = model.select(choice);
        expect([count, next ?? null]).toEqual([again.numbers.length, again.next]);
      };
      const agree = async (deleted: Promise<unknown>, outcome: Deletion) => {
        if (outcome.kind === 'done') {
          await deleted;
          return;
        }
        const refusal = (await refusalOf(deleted)) as {
          code: number;
          problems: { sequenceNumber: number }[];
        };
        expect(refusal.code).toBe(outcome.kind === 'unknown' ? 28 : 23);
        expect(refusal.problems.map((each) => each.sequenceNumber)).toEqual(outcome.numbers);
      };
      const removeSelected = async () => {
        const user = anyone();
        const choice = dice.choice(last, user.edition);
        const deleted = user.delete(selectorOf(choice));
        await agree(deleted, model.delete(model.select(choice).numbers));
      };
      const remove = async () => {
        const asked = Array.from({ length: 1 + dice.below(3) }, () => dice.number(last));
        const wantedGone = [...new Set(asked)];
        const deleted = anyone().delete(wantedGone);
        await agree(deleted, model.delete(wantedGone));
      };

      const note = async () => {
        const user = users.find(({ edition }) => edition === '94');
        if (user === undefined) return;
        const numbersNoted = [...new Set([dice.number(last), dice.number(last)])];
        const noting = {
          text: dice.below(3) === 0 ? null : dice.oneOf(NOTES),
          isStrict: dice.below(3) === 0,
        };
        const { text, isStrict } = noting;
        const type = TYPES.notes;
        const modification: Modification =
          text === null
            ? { kind: 'removeAttribute', value: type }
            : { kind: 'addAttribute', value: { type, values: [teletex(text)] } };
        const modified = user.modify(numbersNoted, { strict: isStrict, modification });
        const outcome = model.note(numbersNoted, noting);
        if (outcome.kind === 'done') {
          expect((await modified).entriesModified).toEqual(outcome.numbers);
          return;
        }
        const refusal = await refusalOf(modified);
        if (outcome.kind === 'unknown') expect(refusal).toMatchObject({ code: 28 });
        else expect(refusal).toMatchObject({ code: 33, failingEntry: outcome.number });
      };
      const setStatus = async () => {
        const user = users.find(({ edition }) => edition === '94');
        if (user === undefined) return;
        const which = [...new Set([dice.number(last), dice.number(last)])];
        const status = dice.oneOf([0, 1, 2] as const);
        const value = { type: STATUS, values: [int(status)] };
        const modified = user.modify(
          which,
          loose({ kind: 'removeAttribute', value: STATUS }),
          loose({ kind: 'addAttribute', value }),
        );
        const outcome = model.setStatus(which, status);
        if (outcome.kind === 'unknown')
          expect(await refusalOf(modified)).toMatchObject({ code: 28 });
        else expect((await modified).entriesModified).toEqual(which);
      };
      const register = async () => {
        model.listDefaults = LISTABLE.filter(() => dice.below(2) === 0);
        const listAttributeDefaults = model.listDefaults.map((each) => TYPES[each as 'status']);
        await anyone().register({ listAttributeDefaults });
      };

      const fetches = [fetch, fetch, fetch, fetch, fetch];
      const modifies = [note, setStatus];
      const acts = [
        arrive,
        list,
        ...fetches,
        search,
        remove,
        removeSelected,
        ...modifies,
        register,
      ];
      for (let step = 1; step <= STEPS; step += 1) {
        await dice.oneOf(acts)();
        if (dice.below(STEPS_RUNNING) === 0) await restart();
        expect(await anyone().statuses(), `after step ${step}`).toEqual(model.statuses());
        done.operations += 1;
      }
      await Promise.all([...users.map((user) => user.unbind()), mta.unbind()]);
    },
  );
});
