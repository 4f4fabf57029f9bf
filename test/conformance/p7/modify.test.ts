/** Rows MS-135 and MS-139 to MS-147 of the semantics checklist: Modify, which only 1994 has. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generalString } from '../../../src/asn1/string.js';
import { encode } from '../../../src/asn1/type.js';
import { MessageGroupName } from '../../../src/x413/register.js';
import { type Bench, conformanceBench } from '../../support/conformance.js';
import {
  equality,
  int,
  item,
  loose,
  numbers,
  P7User,
  present,
  priority,
  refusalOf,
  STATUS,
  strict,
  teletex,
  utc,
  valuesOf,
} from '../../support/p7-user.js';

const MARKED = '2.6.4.3.56';
const GROUP = '2.6.4.3.57';
const NOTES = '2.6.4.3.58';
const STORAGE_PERIOD = '2.6.4.3.73';
const STORAGE_TIME = '2.6.4.3.74';
const PRIORITY = '2.6.4.3.31';
const note = (text: string) => encode(generalString(), text);
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
const NULL = Uint8Array.of(5, 0);

const add = (type: string, ...values: Uint8Array[]) =>
  ({ kind: 'addAttribute', value: { type, values } }) as const;
const remove = (type: string) => ({ kind: 'removeAttribute', value: type }) as const;
type Ordered = { value?: Uint8Array; position?: number };
const addValues = (type: string, ...values: Ordered[]) =>
  ({ kind: 'addValues', value: { type, values } }) as const;
const removeValues = (type: string, ...values: Ordered[]) =>
  ({ kind: 'removeValues', value: { type, values } }) as const;

const REVISED_REPLY_TIME = '2.6.1.13.13';

describe('Modify, edition 94', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(16);
  });
  afterAll(() => bench.dispose());
  const f1 = () => bench.f1({ edition: '94' });
  const notesOf = async (user: P7User, number: number) =>
    valuesOf((await user.fetch(number, [NOTES])).entryInformation, NOTES);
  const notes = (...texts: string[]) => texts.map((text) => hex(note(text)));

  test('when the user means to reply himself', async () => {
    const { user, n1, n2 } = await f1();
    const time = utc('260201120000Z');
    await user.modify([n1], loose(add(REVISED_REPLY_TIME, time)));
    const { entryInformation } = await user.fetch(n1, [REVISED_REPLY_TIME]);
    expect(valuesOf(entryInformation, REVISED_REPLY_TIME)).toEqual([hex(time)]);
    const due = { type: REVISED_REPLY_TIME, value: utc('260301000000Z') };
    const filter = item({ kind: 'lessOrEqual', value: due });
    expect((await user.list({ filter })).numbers).toEqual([n1]);
    expect(
      await refusalOf(user.modify([n2], loose(add(REVISED_REPLY_TIME, int(1))))),
    ).toMatchObject({
      code: 21,
    });
  });

  test('MS-139 a note is added, and found', async () => {
    const { user, n1, n2 } = await f1();
    expect(await user.modify([n1], loose(add(NOTES, note('Call back'))))).toEqual({
      entriesModified: [n1],
    });
    expect(await notesOf(user, n1)).toEqual(notes('Call back'));
    expect(await notesOf(user, n2)).toEqual([]);
    expect((await user.list({ filter: present(NOTES) })).numbers).toEqual([n1]);
    const found = equality(NOTES, teletex('CALL BACK'));
    expect((await user.list({ filter: found })).numbers).toEqual([n1]);
    expect(Object.values(await user.statuses())).toContain(0);
  });

  test('MS-140 what is not the user’s own is not modified', async () => {
    const { user, n1 } = await f1();
    const modifications = [
      loose(add(PRIORITY, priority(2))),
      loose(add('2.6.4.3.39', int(2))),
      loose(add('2.6.4.3.45', int(1))),
      loose(add(NOTES, int(1))),
    ];
    expect(await refusalOf(user.modify([n1], ...modifications))).toEqual({
      code: 21,
      problems: [
        { problem: 5, type: PRIORITY },
        { problem: 5, type: '2.6.4.3.39' },
        { problem: 1, type: '2.6.4.3.45' },
        { problem: 0, type: NOTES, value: int(1) },
      ],
    });
  });

  const toStatus = (status: number) => [loose(remove(STATUS)), loose(add(STATUS, int(status)))];

  test('MS-146 the status is set where the bind says that it may be, back too', async () => {
    const { mailbox, user, n1, n2, n3 } = await f1();
    const bound = await P7User.bind(bench.server, mailbox, {
      edition: '94',
      msConfigurationRequest: true,
    });
    const { bindResultExtensions = [] } = bound.bindResult;
    expect(bindResultExtensions.map((each) => hex(each))).toEqual([
      '280a060456040900a0020500',
      '280a060456040901a0020500',
    ]);
    await user.fetch(n1, ['2.6.4.3.1']);
    await user.list(numbers(n2, n2), [STATUS]);
    const processed = equality(STATUS, int(2));
    expect(await user.modify({ filter: processed }, ...toStatus(0))).toEqual({
      entriesModified: [n1],
    });
    await user.modify([n2, n3], ...toStatus(2));
    expect(await bound.statuses()).toMatchObject({ [n1]: 0, [n2]: 2, [n3]: 2 });
    expect(await refusalOf(bound.delete([n1]))).toMatchObject({ code: 23 });
    const { summaries } = await bound.summarize({}, [STATUS]);
    expect(summaries?.[0]?.present).toContainEqual({ type: STATUS, value: int(2), count: 1 });
    // It is new as one that nobody has seen: the heading alone lists it, the rest completes it.
    await user.fetch(n1, ['2.6.1.7.0']);
    expect(await bound.statuses()).toMatchObject({ [n1]: 1 });
    await user.fetch(n1, ['2.6.1.8.0']);
    expect(await bound.statuses()).toMatchObject({ [n1]: 2 });
    await bound.unbind();
  });

  test('a child that was set back is processed again with the part that it stands in', async () => {
    const { user, n2, n3 } = await f1();
    const part = [{ type: '2.6.1.8.26', from: 1, count: 1 }];
    await user.fetch(n2, part);
    await user.modify([n3], ...toStatus(0));
    expect(await user.statuses()).toMatchObject({ [n2]: 1, [n3]: 0 });
    await user.fetch(n2, part);
    expect(await user.statuses()).toMatchObject({ [n2]: 1, [n3]: 2 });
  });

  test('MS-146 an entry has one status, always, and of those that there are', async () => {
    const { user, n1, n2 } = await f1();
    const refused = (...modifications: ReturnType<typeof loose>[]) =>
      refusalOf(user.modify([n1, n2], ...modifications));
    expect(await refused(loose(add(STATUS, int(2))))).toMatchObject({ code: 33, problem: 4 });
    expect(await refused(loose(remove(STATUS)))).toMatchObject({ code: 33, problem: 4 });
    expect(await refused(strict(add(STATUS, int(0))))).toMatchObject({ code: 33, problem: 2 });
    const value = { value: int(1) };
    expect(await refused(strict(removeValues(STATUS, value)))).toMatchObject({ problem: 1 });
    const invalid = { code: 21, problems: [{ problem: 0, type: STATUS, value: int(3) }] };
    expect(await refused(loose(remove(STATUS)), loose(add(STATUS, int(3))))).toEqual(invalid);
    // What fails at its second modification has not made the first.
    expect(await refused(...toStatus(2), strict(remove(NOTES)))).toEqual({
      code: 33,
      failingEntry: n1,
      modificationNumber: 3,
      problem: 0,
    });
    expect(Object.values(await user.statuses())).not.toContain(2);
    // What an entry is already, it may be said to be.
    expect(await user.modify([n1], loose(add(STATUS, int(0))))).toEqual({ entriesModified: [n1] });
  });

  test('MS-146 a status that was set outlives a kill', async () => {
    const { mailbox, user, n1, n2, n3 } = await f1();
    await user.fetch(n1, ['2.6.4.3.1']);
    await user.fetch(n2, ['2.6.4.3.1']);
    await user.modify([n1, n3], ...toStatus(0), loose(add(NOTES, note('again'))));
    user.abort();
    await bench.server.kill();
    await bench.server.start();
    const again = await P7User.bind(bench.server, mailbox, { edition: '94' });
    expect(await again.statuses()).toMatchObject({ [n1]: 0, [n2]: 2, [n3]: 0 });
    await again.fetch(n3, ['2.6.4.3.15']);
    await again.unbind();
    await bench.server.stop();
    await bench.server.start();
    const third = await P7User.bind(bench.server, mailbox, { edition: '94' });
    expect(await third.statuses()).toMatchObject({ [n1]: 0, [n2]: 2, [n3]: 1 });
    await third.unbind();
  });

  test('MS-141, MS-142 removing what is not there, strictly and not', async () => {
    const { user, n1 } = await f1();
    const error = { code: 33, failingEntry: n1, modificationNumber: 2, problem: 0 };
    const refused = user.modify([n1], loose(add(NOTES, note('x'))), strict(remove(STORAGE_TIME)));
    expect(await refusalOf(refused)).toEqual(error);
    expect(await notesOf(user, n1)).toEqual([]);
    expect(await user.modify([n1], loose(remove(STORAGE_TIME)))).toEqual({
      entriesModified: [n1],
    });
  });

  test('MS-143 a second value of a single-valued type', async () => {
    const { user, n1 } = await f1();
    const times = [utc('300101000000Z'), utc('310101000000Z')];
    expect(await refusalOf(user.modify([n1], loose(add(STORAGE_TIME, ...times))))).toEqual({
      code: 21,
      problems: [{ problem: 6, type: STORAGE_TIME }],
    });
    await user.modify([n1], loose(add(STORAGE_TIME, utc('300101000000Z'))));
    const second = user.modify([n1], loose(add(STORAGE_TIME, utc('310101000000Z'))));
    expect(await refusalOf(second)).toMatchObject({ code: 33, problem: 4 });
    const later = item({
      kind: 'greaterOrEqual',
      value: { type: STORAGE_TIME, value: utc('290101000000Z') },
    });
    expect((await user.list({ filter: later })).numbers).toEqual([n1]);
  });

  test('MS-135, MS-144 groups: only registered ones, and none is left while it holds entries', async () => {
    const { user, n1, n2 } = await f1();
    const name = encode(MessageGroupName, ['Flights', 'Today']);
    const into = loose(add(GROUP, name));
    expect(await refusalOf(user.modify([n1], into))).toEqual({
      code: 30,
      problem: 0,
      name: ['Flights', 'Today'],
    });
    const group = (...messageGroupName: string[]) =>
      ({ kind: 'registerGroup', value: { messageGroupName } }) as const;
    await user.register({
      messageGroupRegistrations: [group('Flights'), group('Flights', 'Today')],
    });
    await user.modify([n1, n2], into);
    const byRule = (matchingRule: string, ...parts: string[]) =>
      item({
        kind: 'otherMatch',
        value: {
          matchingRule,
          attributeType: GROUP,
          matchValue: encode(MessageGroupName, parts),
        },
      });
    const found = async (filter: ReturnType<typeof item>) => (await user.list({ filter })).numbers;
    expect(await found(equality(GROUP, encode(MessageGroupName, ['flights', 'TODAY'])))).toEqual([
      n1,
      n2,
    ]);
    expect(await found(equality(GROUP, encode(MessageGroupName, ['flights'])))).toEqual([]);
    expect(await found(byRule('2.6.4.8.8', 'flights'))).toEqual([n1, n2]);
    expect(await found(byRule('2.6.4.8.4', 'fli', 'day'))).toEqual([n1, n2]);
    expect(await found(byRule('2.6.4.8.4', 'fli'))).toEqual([]);
    const leave = {
      messageGroupRegistrations: [
        { kind: 'deregisterGroup', value: ['Flights', 'Today'] },
      ] as const,
    };
    expect(await refusalOf(user.register(leave))).toEqual({
      code: 30,
      problem: 3,
      name: ['Flights', 'Today'],
    });
    await user.modify({ filter: present(GROUP) }, loose(remove(GROUP)));
    expect(await user.register(leave)).toEqual({ kind: 'noStatus', value: null });
  });

  test('MS-145 entries before the one that fails stay modified', async () => {
    const { user, n1, n2, n4 } = await f1();
    await user.modify([n2], loose(add(MARKED, NULL)));
    const refusal = await refusalOf(user.modify([n1, n2, n4], strict(add(MARKED, NULL))));
    expect(refusal).toEqual({
      code: 33,
      entriesModified: [n1],
      failingEntry: n2,
      modificationNumber: 1,
      problem: 2,
    });
    expect((await user.list({ filter: present(MARKED) })).numbers).toEqual([n1, n2]);
  });

  test('values are added and removed, at positions or not', async () => {
    const { user, n1 } = await f1();
    const values = (...texts: string[]) => texts.map((text) => ({ value: note(text) }));
    await user.modify([n1], loose(addValues(NOTES, ...values('b', 'd'))));
    await user.modify(
      [n1],
      loose(addValues(NOTES, { value: note('a'), position: 1 }, { value: note('c'), position: 3 })),
    );
    expect(await notesOf(user, n1)).toEqual(notes('a', 'b', 'c', 'd'));
    await user.modify([n1], loose(addValues(NOTES, ...values('B', 'e'))));
    expect(await notesOf(user, n1)).toEqual(notes('a', 'b', 'c', 'd', 'e'));
    const problem = async (modification: ReturnType<typeof strict>) =>
      ((await refusalOf(user.modify([n1], modification))) as { problem: number }).problem;
    expect(await problem(strict(addValues(NOTES, ...values('A'))))).toBe(2);
    expect(await problem(strict(addValues(NOTES, { value: note('z'), position: 9 })))).toBe(3);
    expect(await problem(strict(removeValues(NOTES, ...values('zz'))))).toBe(1);
    expect(await problem(strict(removeValues(NOTES, { position: 9 })))).toBe(3);
    await user.modify([n1], strict(removeValues(NOTES, { position: 1 }, ...values('C'))));
    expect(await notesOf(user, n1)).toEqual(notes('b', 'd', 'e'));
    await user.modify([n1], loose(removeValues(NOTES, ...values('b', 'd', 'e', 'none'))));
    expect(await notesOf(user, n1)).toEqual([]);
  });

  test('a number that there is not', async () => {
    const { user, n1 } = await f1();
    expect(await refusalOf(user.modify([n1, 99], loose(add(NOTES, note('x')))))).toEqual({
      code: 28,
      problems: [{ problem: 0, sequenceNumber: 99 }],
    });
    expect(await notesOf(user, n1)).toEqual([]);
  });

  test('a selector that matches nothing: nothing is modified', async () => {
    const { user } = await f1();
    const nothing = { filter: equality(STATUS, int(2)) };
    expect(await user.modify(nothing, loose(add(NOTES, note('x'))))).toEqual({});
  });

  test('children are modified by their numbers; an edition of 1988 sees none of it', async () => {
    const { user, n3, mailbox } = await f1();
    await user.modify([n3], loose(add(STORAGE_PERIOD, int(60))));
    const period = item({
      kind: 'lessOrEqual',
      value: { type: STORAGE_PERIOD, value: int(60) },
    });
    expect((await user.list({ filter: period, childEntries: true })).numbers).toEqual([n3]);
    const old = await P7User.bind(bench.server, mailbox, { edition: '88' });
    const { entryInformation } = await old.fetch(n3, [STORAGE_PERIOD]);
    expect(entryInformation).toEqual({ sequenceNumber: n3 });
    const problems = [{ problem: 1, type: STORAGE_PERIOD }];
    expect(await refusalOf(old.list({ filter: period }))).toEqual({ code: 21, problems });
    await old.unbind();
  });

  test('what was modified outlives the server, and goes with its entry', async () => {
    const { user, n1, n2, mailbox } = await f1();
    await user.modify([n1, n2], loose(add(NOTES, note('kept'))));
    await user.list({}, [STATUS]);
    await user.delete([n2]);
    user.abort();
    await bench.server.kill();
    await bench.server.start();
    const again = await P7User.bind(bench.server, mailbox, { edition: '94' });
    expect(await notesOf(again, n1)).toEqual(notes('kept'));
    expect((await again.list({ filter: present(NOTES) })).numbers).toEqual([n1]);
    await again.unbind();
  });
});
