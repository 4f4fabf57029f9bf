/** `restante mta` and `restante ua` against a whole server: what goes in by one comes out by the other. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jsonOf, type Ran, ran } from '../support/command.js';
import { refusingStore } from '../support/refusing-store.js';
import {
  addressOf,
  freePort,
  MTA_PASSWORD,
  type TestServer,
  testServer,
  USER_PASSWORD,
} from '../support/server.js';

const FIXTURES = new URL('../../fixtures/', import.meta.url).pathname;
const fixture = (name: string) => join(FIXTURES, name);
const ALPHA = addressOf('alpha');
const SENDER = addressOf('sender');
let server: TestServer;
let folder: string;
const at = (name: string) => join(folder, name);

const store = (port = server.port) => ['--port', String(port)];
const mta = (command: string, ...args: string[]) =>
  ran('mta', command, ...store(), '--password', MTA_PASSWORD, ...args);
const deliver = (...args: string[]) => mta('deliver', '--to', ALPHA, '--from', SENDER, ...args);
const ua = (command: string, ...args: string[]) =>
  ran('ua', command, ...store(), '--user', ALPHA, '--password', USER_PASSWORD, ...args);

interface Listed {
  readonly entries: readonly { readonly number: number; readonly [key: string]: unknown }[];
  readonly next: number | null;
}
const listed = async (...args: string[]) => jsonOf<Listed>(await ua('list', '--json', ...args));
const numbersOf = async (...args: string[]) =>
  (await listed('--numbers', ...args)).entries.map(({ number }) => number);

beforeAll(async () => {
  server = await testServer(['alpha', 'bravo']);
  await server.start();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restante-ua-'));
  expect(await ua('delete', '--all', '--even-new')).toMatchObject({ code: 0, err: [] });
  return () => rmSync(folder, { recursive: true, force: true });
});

describe('what is delivered is collected', () => {
  test('over RTSE as well, from either end', async () => {
    const file = fixture('ia5-text.ber');
    expect((await deliver(file, '--reliable')).code).toBe(0);
    const { entries } = await listed('--reliable');
    expect(entries).toHaveLength(1);
    const number = String(entries[0]?.number);
    const fetched = await ua('fetch', number, '--reliable', '--out', at('content'));
    expect(fetched).toMatchObject({ code: 0, err: [] });
    expect(readFileSync(at('content'))).toEqual(readFileSync(file));
    // The out box is of 1994, and so is its context.
    expect((await ua('list', '--reliable', '--box', 'out')).code).toBe(0);
  });

  test.each([
    ['ia5-text', 'p22'],
    ['flight-plan', 'p22'],
    ['military', 'p772'],
    ['interchange', 'p35'],
  ])('%s as %s: the same octets in a file', async (name, type) => {
    const file = fixture(`${name}.ber`);
    const sent = await deliver(file, '--content-type', type, '--priority', 'urgent', '--json');
    const octets = readFileSync(file);
    expect(sent.code).toBe(0);
    expect(jsonOf(sent)).toEqual({
      deliveries: [{ file, to: ALPHA, octets: octets.length, ms: expect.any(Number), error: null }],
    });
    const { entries, next } = await listed();
    expect(next).toBeNull();
    expect(entries).toMatchObject([
      { status: 'new', type: 'delivered-message', priority: 'urgent', contentType: type },
    ]);
    const fetched = await ua('fetch', String(entries[0]?.number), '--out', at('content'));
    expect(fetched).toMatchObject({ code: 0, err: [] });
    expect(readFileSync(at('content'))).toEqual(octets);
  });

  test('a text and its subject', async () => {
    writeFileSync(at('text.txt'), 'Zürich, 世界\nzwei\n');
    await deliver(at('text.txt'), '--text', '--subject', 'Alpha');
    const { entries } = jsonOf<{ entries: unknown[] }>(await ua('fetch', '--new', '--json'));
    const part = { kind: 'text', text: 'Zürich, 世界\nzwei\n' };
    expect(entries).toMatchObject([{ subject: 'Alpha', originator: SENDER, parts: [part] }]);
    const shown = await ua('fetch', '--status', 'processed');
    expect(shown.out).toEqual(expect.arrayContaining(['  subject: Alpha', 'Zürich, 世界', 'zwei']));
  });

  test('files and interchanges by body part, under names that are safe', async () => {
    writeFileSync(at('a b.bin'), Buffer.from([0, 255, 10, 13]));
    await deliver(at('a b.bin'), '--attach');
    await deliver(fixture('interchange.edi'), '--edi');
    await deliver(fixture('forwarded.ber'));
    const [file = 0, edi = 0, forwarded = 0] = await numbersOf();
    const stem = (number: number) => String(number).padStart(10, '0');
    const fetched = await ua('fetch', '--all', '--parts', '--out-dir', at('in'));
    const names = [
      `${stem(file)}-1-a_b.bin`,
      `${stem(edi)}-1.edi`,
      `${stem(forwarded)}-1.txt`,
      `${stem(forwarded)}-2.p22`,
    ];
    expect(fetched.out).toEqual(names.map((name) => join(at('in'), name)));
    expect(readdirSync(at('in'))).toEqual(names);
    const saved = (name = '') => readFileSync(join(at('in'), name));
    expect([...saved(names[0])]).toEqual([0, 255, 10, 13]);
    expect(saved(names[1])).toEqual(readFileSync(fixture('interchange.edi')));
    expect(saved(names[3]).toString('latin1')).toContain('The message inside.');
    const one = await ua('fetch', String(edi), '--part', '1');
    expect(one.written).toEqual(readFileSync(fixture('interchange.edi')));
  });

  test('many files, in their order; a bad one among them and none is delivered', async () => {
    const names = Array.from({ length: 12 }, (_, i) => at(`${i}.txt`));
    for (const [i, name] of names.entries()) writeFileSync(name, `text ${i}`);
    const sent = await deliver(...names, '--to', addressOf('bravo'), '--text', '--json');
    const { deliveries } = jsonOf<{ deliveries: { file: string; to: string }[] }>(sent);
    expect(deliveries.map(({ file, to }) => [file, to])).toEqual(
      names.flatMap((name) => [
        [name, ALPHA],
        [name, addressOf('bravo')],
      ]),
    );
    expect(await numbersOf()).toHaveLength(12);
    expect((await deliver(...names, at('absent'), '--text')).code).toBe(2);
    expect(await numbersOf()).toHaveLength(12);
  });

  test('reports, with what they say and what they return', async () => {
    const about = ['--about', addressOf('away'), '--content-type', 'p22'];
    const returned = ['--return', fixture('ia5-text.ber'), '--reason', '1', '--diagnostic', '0'];
    expect((await mta('report', ...about, '--json')).code).toBe(0);
    await mta('report', ...about, '--outcome', 'non-delivery', ...returned);
    const { entries } = jsonOf<{ entries: unknown[] }>(
      await ua('fetch', '--type', 'report', '--all', '--json'),
    );
    const recipient = addressOf('away');
    expect(entries).toMatchObject([
      { reported: [{ recipient, outcome: 'delivery' }] },
      { reported: [{ recipient, outcome: 'non-delivery', reasonCode: 1, diagnosticCode: 0 }] },
    ]);
    const { entries: all } = await listed('--children');
    const child = { type: 'returned-content', subject: 'Alpha' };
    expect(all).toEqual(expect.arrayContaining([expect.objectContaining(child)]));
  });
});

describe('selections', () => {
  let numbers: number[];
  beforeEach(async () => {
    await deliver(fixture('ia5-text.ber'));
    await deliver(fixture('notam.ber'), '--priority', 'non-urgent');
    await deliver(fixture('military.ber'), '--content-type', 'p772', '--priority', 'urgent');
    await mta('report', '--about', SENDER);
    numbers = await numbersOf();
    expect(numbers).toHaveLength(4);
  });

  test.each<[string[], number[]]>([
    [[], [0, 1, 2, 3]],
    [['--new'], [0, 1, 2, 3]],
    [['--status', 'listed'], []],
    [['--priority', 'urgent'], [2]],
    [
      ['--type', 'message'],
      [0, 1, 2],
    ],
    [['--type', 'report'], [3]],
    [['--content-type', 'p772'], [2]],
    [
      ['--content-type', '2.6.1.10.1'],
      [0, 1],
    ],
    [
      ['--min-size', '300'],
      [1, 2],
    ],
    [['--min-size', '300', '--max-size', '400'], [2]],
    [
      ['--limit', '2'],
      [0, 1],
    ],
    [
      ['--since', '2026-01-01', '--until', '2049-01-01'],
      [0, 1, 2, 3],
    ],
    [['--since', '2040-01-01T00:00:00Z'], []],
    [['--new', '--type', 'message', '--priority', 'normal'], [0]],
  ])('%j', async (args, wanted) => {
    expect(await numbersOf(...args)).toEqual(wanted.map((place) => numbers[place]));
  });

  test('ranges of numbers', async () => {
    const [first = 0, second = 0, third = 0] = numbers;
    expect(await numbersOf('--range', `${second}..${third}`)).toEqual([second, third]);
    expect(await numbersOf('--range', `..${first}`)).toEqual([first]);
    expect(await numbersOf('--range', `${second}`)).toEqual([second]);
    const withTime = ['--range', `${third}..`, '--since', '2026-01-01'];
    expect(await numbersOf(...withTime)).toEqual(numbers.slice(2));
  });

  test('a list makes entries listed, numbers and summaries do not', async () => {
    const summary = async () =>
      jsonOf<{ attributes: { values: unknown[] }[] }>(
        await ua('summarize', '--by', 'status', '--json'),
      );
    expect(await summary()).toMatchObject({
      count: 4,
      lowest: numbers[0],
      highest: numbers[3],
      next: null,
      attributes: [
        { attribute: 'retrieval-status', absent: 0, values: [{ value: 'new', count: 4 }] },
      ],
    });
    await ua('list', '--range', String(numbers[0]));
    expect((await summary()).attributes[0]?.values).toEqual([
      { value: 'new', count: 3 },
      { value: 'listed', count: 1 },
    ]);
  });

  test('a table for people', async () => {
    const { out } = await ua('list', '--type', 'message');
    const head =
      /^ *number +status +type +priority +content +octets +created +originator +subject$/;
    expect(out[0]).toMatch(head);
    expect(out[1]).toMatch(/^ *\d+ +new +message +normal +p22 +250 +\S+Z +\/C=XX\S+ +Alpha$/);
    expect(out).toHaveLength(4);
  });

  test('attributes by name, by the name of the standard and by identifier', async () => {
    const { entries } = await listed('--attributes', 'priority,mt-content-type,2.6.4.3.6');
    expect(entries[2]).toEqual({
      number: numbers[2],
      attributes: { priority: ['urgent'], 'content-type': ['p772'], 'content-length': [388] },
    });
    expect(entries[3]).toEqual({ number: numbers[3], attributes: {} });
  });

  test('the first that is so is fetched, and all when told; written ones can be deleted', async () => {
    const first = await ua('fetch', '--priority', 'urgent', '--content');
    expect(first.written).toEqual(readFileSync(fixture('military.ber')));
    const all = await ua('fetch', '--type', 'message', '--all', '--out-dir', at('in'), '--delete');
    expect(all.code).toBe(0);
    expect(readdirSync(at('in')).map((name) => name.split('.')[1])).toEqual(['p22', 'p22', 'p772']);
    expect(await numbersOf()).toEqual([numbers[3]]);
  });

  test('a status is set, by number and by selection, and what is new is collected again', async () => {
    const [first = 0, second = 0] = await numbersOf();
    expect((await ua('fetch', String(first), '--out', at('once'))).code).toBe(0);
    expect(await numbersOf('--new')).not.toContain(first);
    expect((await ua('status', 'new', String(first))).out).toEqual([`new 1: ${first}`]);
    expect(await numbersOf('--new')).toContain(first);
    const all = await numbersOf();
    expect(jsonOf(await ua('status', 'processed', '--range', `..${second}`, '--json'))).toEqual({
      status: 'processed',
      entries: [first, second],
    });
    expect(await numbersOf('--status', 'processed')).toEqual([first, second]);
    expect(jsonOf(await ua('status', 'new', '--all', '--json'))).toEqual({
      status: 'new',
      entries: all,
    });
    expect(await numbersOf('--new')).toEqual(all);
    expect(await ua('status', 'new')).toMatchObject({ code: 2 });
    expect((await ua('status', 'read', String(first))).code).not.toBe(0);
    expect((await ua('status', 'new', '99999')).code).not.toBe(0);
  });

  test('delete by number and by selection', async () => {
    const [first = 0, second = 0, third = 0, report = 0] = numbers;
    const refused = await ua('delete', String(first), String(second));
    expect(refused).toMatchObject({
      code: 1,
      err: [`new entries cannot be deleted before they are listed or fetched: ${first}, ${second}`],
    });
    expect((await ua('delete', String(second), '--even-new')).code).toBe(0);
    await ua('list');
    expect(jsonOf(await ua('delete', String(third), String(first), '--json'))).toEqual({
      deleted: [third, first],
    });
    expect((await ua('delete', '--type', 'report')).out).toEqual([`deleted 1: ${report}`]);
    expect(await numbersOf()).toEqual([]);
    expect((await ua('delete', '--all')).out).toEqual(['deleted 0']);
  });
});

describe('generated traffic', () => {
  test('is delivered in turn, and measured', async () => {
    const to = ['--to', ALPHA, '--to', addressOf('bravo')];
    const shape = ['--count', '40', '--size', '1k', '--associations', '2', '--outstanding', '3'];
    const made = await mta('generate', ...to, ...shape, '--json');
    expect(made.code).toBe(0);
    const figures = jsonOf<Record<string, number>>(made);
    expect(figures).toMatchObject({ delivered: 40, refused: 0, errors: {} });
    const { contentBytes = 0, p50Ms = 0, p99Ms = 0, maxMs = 0 } = figures;
    expect(contentBytes).toBeGreaterThan(1024);
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    expect(maxMs).toBeGreaterThanOrEqual(p99Ms);
    expect(await numbersOf()).toHaveLength(20);
  });

  test('counts what was acknowledged when the store is killed under it', async () => {
    const mortal = await testServer(['alpha']);
    await mortal.start();
    const many = ['--count', '1000000', '--size', '1k', '--outstanding', '4', '--json'];
    const to = ['--to', ALPHA, '--password', MTA_PASSWORD, ...store(mortal.port)];
    const run = ran('mta', 'generate', ...many, ...to);
    const user = ['--user', ALPHA, '--password', USER_PASSWORD, ...store(mortal.port)];
    const countOf = async () =>
      jsonOf<{ count: number }>(await ran('ua', 'summarize', ...user, '--json')).count;
    while ((await countOf()) < 10) await new Promise((resolve) => setTimeout(resolve, 20));
    await mortal.kill();
    const answer = await run;
    expect(answer.code).toBe(1);
    expect(answer.err).toEqual([expect.stringMatching(/^4 × the association ended: /)]);
    const { delivered = 0 } = jsonOf<Record<string, number>>(answer);
    expect(delivered).toBeGreaterThanOrEqual(10 - 4);
    await mortal.start();
    const kept = await countOf();
    // All that were acknowledged are there; of the four that were under way, some may be too.
    expect(kept).toBeGreaterThanOrEqual(delivered);
    expect(kept).toBeLessThanOrEqual(delivered + 4);
    await mortal.dispose();
  });

  test('keeps to a rate', async () => {
    const made = await mta('generate', '--to', ALPHA, '--count', '11', '--rate', '20', '--json');
    const { seconds = 0 } = jsonOf<Record<string, number>>(made);
    // The last of eleven is due after half a second.
    expect(seconds).toBeGreaterThanOrEqual(0.5);
  });
});

describe('failures are one line and a code', () => {
  const oneLine = (answer: Ran, code: number, line: RegExp | string) => {
    expect([answer.code, answer.err]).toEqual([
      code,
      [typeof line === 'string' ? line : expect.stringMatching(line)],
    ]);
  };

  test('nobody listens', async () => {
    const port = await freePort();
    const line = `127.0.0.1 port ${port}: nobody listens there`;
    const secret = ['--password', 'x'];
    oneLine(await ran('ua', 'list', ...store(port), '--user', ALPHA, ...secret), 1, line);
    const about = ['--about', ALPHA];
    oneLine(await ran('mta', 'report', ...store(port), ...about, ...secret), 1, line);
  });

  test('a wrong password, an unknown user, an unknown MTA', async () => {
    const line = 'unknown name or wrong password';
    oneLine(await ua('list', '--password', 'wrong'), 1, line);
    oneLine(await ua('list', '--user', addressOf('nobody')), 1, line);
    oneLine(await deliver(fixture('ia5-text.ber'), '--name', 'OTHER'), 1, line);
  });

  test('no password, or one from a file or from the environment', async () => {
    const list = ['ua', 'list', '--user', ALPHA];
    oneLine(await ran(...list, ...store()), 2, /^password: give --password-file, or set /);
    writeFileSync(at('password'), `${USER_PASSWORD}\n`);
    expect((await ran(...list, ...store(), '--password-file', at('password'))).code).toBe(0);
    oneLine(await ran(...list, ...store(), '--password-file', at('none')), 2, /no such file$/);
    process.env.RESTANTE_PASSWORD = USER_PASSWORD;
    try {
      expect((await ran(...list, ...store())).code).toBe(0);
    } finally {
      delete process.env.RESTANTE_PASSWORD;
    }
  });

  test.each<[string[], number, RegExp]>([
    [['list', '--user', 'nonsense'], 2, /^nonsense: /],
    [['fetch', '4000'], 1, /^no such entry: 4000$/],
    [['fetch', '--new'], 1, /^no entry matches$/],
    [['delete', '4000', '4001'], 1, /^no such entry: 4000, 4001$/],
    [['delete'], 2, /^numbers: give numbers, options that select, or --all$/],
    [['fetch', '1', '--all'], 2, /^numbers: /],
    [['list', '--range', '7..3'], 1, /^range-error: reversed$/],
    [['list', '--range', 'x'], 2, /^error: option '--range <numbers>' argument 'x' is invalid/],
    [['list', '--attributes', 'colour'], 2, /^colour: there is no such attribute$/],
    [['list', '--attributes', 'content'], 1, /^attribute-error: inappropriate-for-operation /],
    [['list', '--from', 'nonsense'], 2, /^nonsense: /],
    [['list', '--until', '2050-01-01'], 2, /^error: option '--until/],
    [['list', '--since', 'yesterday'], 2, /^error: option '--since/],
    [['fetch', '--all', '--out', 'x'], 2, /^out: takes one entry/],
    [['fetch', '--new', '--delete'], 2, /^delete: only where/],
    [['list', '--nonsense'], 2, /^error: unknown option '--nonsense'/],
  ])('ua %j', async (args, code, line) =>
    oneLine(await ua(args[0] ?? '', ...args.slice(1)), code, line),
  );

  test('a file that is there is not written over, and nothing is fetched', async () => {
    await deliver(fixture('ia5-text.ber'));
    writeFileSync(at('there'), 'mine');
    oneLine(
      await ua('fetch', '--new', '--out', at('there')),
      2,
      `${at('there')}: is there already`,
    );
    expect(readFileSync(at('there'), 'utf8')).toBe('mine');
    expect(await numbersOf('--new')).toHaveLength(1);
    const [number = 0] = await numbersOf();
    await ua('fetch', '--new', '--out-dir', folder);
    const name = `${String(number).padStart(10, '0')}.p22`;
    const hint = new RegExp(`: is there already; entry ${number} counts as fetched, get it by`);
    oneLine(await ua('fetch', String(number), '--out-dir', folder), 2, hint);
    expect(existsSync(at(name))).toBe(true);
    expect(readdirSync(folder).filter((one) => one.endsWith('.part'))).toEqual([]);
    oneLine(await ua('fetch', String(number), '--part', '2'), 1, /has no body part 2$/);
  });

  test('a folder that cannot be made, and a file in none', async () => {
    writeFileSync(at('file'), '');
    oneLine(await ua('fetch', '1', '--out-dir', at('file/in')), 2, /cannot be made \(/);
    // Where Node's own recursive mkdir does not end.
    oneLine(
      await ua('fetch', '1', '--out-dir', '/proc/in'),
      2,
      '/proc/in: cannot be made (ENOENT)',
    );
    await deliver(fixture('ia5-text.ber'));
    oneLine(
      await ua('fetch', '--new', '--out', at('none/file')),
      2,
      /cannot be written \(ENOENT\); entry \d+ counts/,
    );
  });

  test('a name that GraphicString cannot write is a name all the same', async () => {
    writeFileSync(at('日本-é.txt'), 'hi');
    expect((await deliver(at('日本-é.txt'), '--attach')).code).toBe(0);
    const { entries } = jsonOf<{ entries: unknown[] }>(await ua('fetch', '--new', '--json'));
    expect(entries).toMatchObject([{ parts: [{ kind: 'file', name: '__-é.txt', octets: 2 }] }]);
  });

  test('files that are absent, or are no content', async () => {
    oneLine(await deliver(at('absent')), 2, `${at('absent')}: no such file`);
    writeFileSync(at('text'), 'hello');
    oneLine(await deliver(at('text')), 2, /is no content of this type: wrap it/);
    expect((await deliver(at('text'), '--unchecked')).code).toBe(0);
    writeFileSync(at('latin1'), Buffer.from([0xe4, 0x0a]));
    oneLine(await deliver(at('latin1'), '--text'), 2, /is not UTF-8 text/);
    oneLine(await deliver(at('text'), '--text', '--attach'), 2, /exclude each other$/);
    oneLine(await deliver(at('text'), '--text', '--to', 'nonsense'), 2, /^nonsense: /);
    oneLine(await deliver(at('text'), '--text', '--subject', 'x'.repeat(129)), 2, /At most 128/);
    oneLine(await deliver(at('text'), '--text', '--identifier', '日本'), 2, /ASCII only\.$/);
  });

  test('a recipient that the store does not have is told from those that it has', async () => {
    const both = ['--to', addressOf('nobody'), '--to', ALPHA, '--from', SENDER, '--json'];
    const answer = await mta('deliver', fixture('ia5-text.ber'), ...both);
    oneLine(answer, 1, '1 of 2 refused');
    const errors = jsonOf<{ deliveries: { error: string | null }[] }>(answer).deliveries;
    expect(errors.map(({ error }) => error)).toEqual([
      'the store has no mailbox for this recipient',
      null,
    ]);
  });

  test('what was delivered before the store died is told from what was not', async () => {
    const mortal = await refusingStore(1, null, 2);
    const to = ['--to', ALPHA, '--from', SENDER, '--password', 'x', ...store(mortal.port)];
    const files = [1, 2, 3, 4].map((number) => {
      writeFileSync(at(`${number}`), 'text');
      return at(`${number}`);
    });
    const answer = await ran('mta', 'deliver', ...files, '--text', ...to, '--json');
    expect(answer.code).toBe(1);
    const errors = jsonOf<{ deliveries: { error: string }[] }>(answer).deliveries;
    expect(errors.map(({ error }) => error.replace(/:.*/, ''))).toEqual([
      'the store takes no deliveries now (temporary, try again later)',
      'the association ended',
      'the association ended',
      'the association ended',
    ]);
    await mortal.close();
  });

  test('a store that is full says so for now, not for ever', async () => {
    const full = await refusingStore(1);
    const to = ['--to', ALPHA, '--from', SENDER, '--password', 'x', ...store(full.port)];
    const line = 'the store takes no deliveries now (temporary, try again later)';
    const answer = await ran('mta', 'deliver', fixture('ia5-text.ber'), ...to, '--json');
    expect(answer.code).toBe(1);
    expect(jsonOf(answer)).toMatchObject({ deliveries: [{ error: line }] });
    const made = await ran('mta', 'generate', '--count', '3', ...to);
    oneLine(made, 1, `3 × ${line}`);
    expect(made.out).toEqual(expect.arrayContaining(['delivered: 0', 'refused: 3']));
    await full.close();
  });
});
