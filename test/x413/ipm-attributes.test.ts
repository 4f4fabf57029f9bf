/** Source: X.420 (1999) 19.6. Every value octet for octet from the content that arrived. */
import { describe, expect, test } from 'vitest';
import { element, octets } from '../osi/ber.js';
import {
  allValues,
  deliveredMessage,
  deliveryOf,
  extensionField,
  nameOf,
  THIS_RECIPIENT,
  text,
  valuesOf,
} from '../support/entries.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

const summary = (number: number) => `2.6.1.6.${number}`;
const heading = (number: number) => `2.6.1.7.${number}`;
const body = (number: number) => `2.6.1.8.${number}`;
const notification = (number: number) => `2.6.1.9.${number}`;

const deliver = (...input: Parameters<typeof deliveryOf>) =>
  deliveredMessage(octets(deliveryOf(...input)));
/** The source of an IPM, its envelope by default. */
const ipm = (fields: readonly string[], parts: readonly string[], extensions: string[] = []) =>
  deliver({
    content: element('a0', element('31', ...fields), element('30', ...parts)),
    extensions,
  });

const identifier = (relative: string) =>
  element('6b', element('60', nameOf('Origin')), text('13', relative));
/** The contents of an ORDescriptor. */
const descriptor = (organization: string) => element('60', nameOf(organization));
/** `bits`: the contents of notification-requests, such as 06c0 for rn and nrn. */
const recipient = (organization: string, ...more: string[]) =>
  element('31', element('a0', descriptor(organization)), ...more);
/** An extension with arc `2.6.1.5.n` of the heading, or any other by its OID. */
const headingExtension = (number: number, ...value: string[]) =>
  element('30', element('06', `560105${number.toString(16).padStart(2, '0')}`), ...value);
const PRECEDENCE = element('30', '060456011401', '02016b');

const TO = [
  recipient('There', '810206c0'),
  element('31', element('a0', element('60', THIS_RECIPIENT)), '8201ff', element('a3', PRECEDENCE)),
];
const COPY = [recipient('Copy', '81020640')];
const BLIND = [recipient('Blind')];
const AUTHORIZERS = [element('31', descriptor('Boss')), element('31', descriptor('Chief'))];
const SUBJECT = text('14', 'Alpha');

const LANGUAGES = [text('13', 'en'), text('13', 'fr-CA')];
const LABELS = [element('80', ''), element('a1', '020102')];
const SECURITY_LABEL = element('30', element('a0', '020103'), element('a2', ...LABELS));
const string = (value: string) =>
  element('31', element('1e', Buffer.from(value, 'utf16le').swap16().toString('hex')));
const MEMBERS = [element('31', recipient('First'), '0500'), element('31', recipient('Second'))];
const CODES = [element('30', '06032a0304', string('X')), element('30', string('Y'))];
const CATEGORIES = [element('30', '80032a0304')];
const INSTRUCTIONS = [string('Keep cool'), string('Burn')];
const SIGNATURES = element('31', element('31', '020101'));

const EXTENSIONS = [
  headingExtension(0),
  headingExtension(1, element('31', ...LANGUAGES)),
  headingExtension(2, '0a0101'),
  headingExtension(3, SIGNATURES),
  headingExtension(4, SECURITY_LABEL),
  headingExtension(5, text('18', '20260101120000Z')),
  headingExtension(6, element('30', ...MEMBERS)),
  headingExtension(7, element('30', ...CODES)),
  headingExtension(8, string('More')),
  headingExtension(9, element('30', ...CATEGORIES)),
  headingExtension(10, element('30', ...INSTRUCTIONS)),
  headingExtension(11, string('Ref 1')),
  headingExtension(12, '06052b1b080000'),
];
const HEADING = [
  identifier('1'),
  element('a0', descriptor('Origin')),
  element('a1', ...AUTHORIZERS),
  element('a2', ...TO),
  element('a3', ...COPY),
  element('a4', ...BLIND),
  element('a5', element('60', nameOf('Origin')), text('13', '0')),
  element('a6', identifier('-1'), identifier('-2')),
  element('a7', identifier('-3')),
  element('a8', SUBJECT),
  text('89', '260201000000Z'),
  text('8a', '260131000000Z'),
  element('ab', element('31', descriptor('Reply'))),
  '8c0102',
  '8d0103',
  '8e01ff',
  element('af', ...EXTENSIONS),
];

const PARAMETERS = element('31', '800105');
const TEXT = text('16', 'One line.\r\n');
const G3 = [element('31', '800101'), element('30', '03020701')];
const ENCRYPTED = [element('31'), '0302ff00'];
const INNER_HEADING = element('31', identifier('inner'), element('a8', text('14', 'Inner')));
const INNER = element('30', INNER_HEADING, element('30', element('a0', '3100', TEXT)));
const MESSAGE_PARAMETERS = element('31', text('80', '251231235959Z'));
const external = (tag: string, type: string, ...encoding: string[]) =>
  element(tag, element('06', type), ...encoding);
const GENERAL_TEXT = [
  external('a0', '56010b0b', element('a0', '3103020106')),
  external('28', '5601040b', element('a0', text('1b', 'General'))),
];
const VENDOR = external('28', '2a0304', element('a0', '0500'));
const OCTETS = element('81', '0402abcd');

const PARTS = [
  element('a0', PARAMETERS, TEXT),
  element('a9', MESSAGE_PARAMETERS, INNER),
  element('af', ...GENERAL_TEXT),
  element('a3', ...G3),
  element('a0', element('31'), text('16', 'Two')),
  element('a4', element('a1', '0500')),
  element('a8', ...ENCRYPTED),
  element('8e', 'cafe'),
  element('a7', '0c0178'),
  element('af', VENDOR),
  // Octet-aligned: one element, and something that is none.
  element('af', external('28', '56010410', OCTETS)),
  element('af', external('28', '56010410', element('81', 'ff'))),
];

describe('an interpersonal message', () => {
  const [source, child] = ipm(HEADING, PARTS, [
    extensionField(43, SIGNATURES),
    extensionField(44, element('31', '0500')),
  ]);

  test.each<[number, string[]]>([
    [0, [element('31', ...HEADING)]],
    [1, [identifier('1')]],
    [2, [element('31', descriptor('Origin'))]],
    [3, [identifier('0')]],
    [4, [SUBJECT]],
    [5, [text('17', '260201000000Z')]],
    [6, [text('17', '260131000000Z')]],
    [7, ['0a0102']],
    [8, ['0a0103']],
    [9, ['0101ff']],
    [10, AUTHORIZERS],
    [11, TO],
    [12, COPY],
    [13, BLIND],
    [14, [identifier('-1'), identifier('-2')]],
    [15, [identifier('-3')]],
    [16, [element('31', descriptor('Reply'))]],
    [17, ['0500']],
    [18, LANGUAGES],
    [19, [element('31', descriptor('There'))]],
    [20, [element('31', descriptor('There')), element('31', descriptor('Copy'))]],
    [21, [element('31', element('60', THIS_RECIPIENT))]],
    [22, ['0a0101']],
    [23, [SIGNATURES]],
    [24, [SECURITY_LABEL]],
    [25, LABELS],
    [26, [SIGNATURES]],
    [27, [text('18', '20260101120000Z')]],
    [28, MEMBERS],
    [29, CODES],
    [30, [string('More')]],
    [31, CATEGORIES],
    [32, INSTRUCTIONS],
    [33, [string('Ref 1')]],
    [34, ['06052b1b080000']],
    [35, [element('31', '0500')]],
    [37, ['02016b']],
  ])('heading %i', (number, values) => expect(valuesOf(source, heading(number))).toEqual(values));

  test('its recipient stands among the primary ones', () =>
    expect(valuesOf(source, '2.6.1.13.18')).toEqual(['020100']));

  test.each<[number, string[]]>([
    [0, [element('30', ...PARTS)]],
    [1, [element('30', PARAMETERS, TEXT), element('30', '3100', text('16', 'Two'))]],
    [3, [element('30', ...G3)]],
    [4, [element('30', element('a1', '0500'))]],
    [5, []],
    [6, []],
    [7, [element('30', ...ENCRYPTED)]],
    [8, ['020108']],
    [9, []],
    [10, ['0402cafe']],
    [11, ['0c0178']],
    [12, ['06045601040b', '06032a0304', '060456010410']],
    [13, [PARAMETERS, '3100']],
    [15, [G3[0] ?? '']],
    [18, ['3100']],
    [19, [MESSAGE_PARAMETERS]],
    [20, [TEXT, text('16', 'Two')]],
    [22, [G3[1] ?? '']],
    [25, ['0302ff00']],
    [26, [INNER]],
  ])('body %i', (number, values) => expect(valuesOf(source, body(number))).toEqual(values));

  test.each<[string, string[]]>([
    ['2.6.1.4.11', [element('a0', text('1b', 'General'))]],
    ['2.6.1.11.11', ['a0053103020106']],
    ['2.6.1.4.16', ['a0040402abcd']],
    ['2.6.1.4.12', []],
  ])('extended body part %s', (oid, values) => expect(valuesOf(source, oid)).toEqual(values));

  test('it is an ipm, and no notification', () => {
    expect(valuesOf(source, summary(0))).toEqual(['0a0100']);
    for (let number = 0; number <= 14; number += 1) {
      expect(valuesOf(source, notification(number))).toEqual([]);
    }
  });

  test('the message in it has attributes of its own', () => {
    expect(valuesOf(child, heading(0))).toEqual([INNER_HEADING]);
    expect(valuesOf(child, heading(4))).toEqual([text('14', 'Inner')]);
    expect(valuesOf(child, body(20))).toEqual([TEXT]);
    expect(valuesOf(child, '2.6.4.3.1')).toEqual([element('04', `a0${INNER.slice(2)}`)]);
    expect(valuesOf(child, '2.6.4.3.20')).toEqual([text('17', '251231235959Z')]);
    // What the forwarder did not pass on.
    expect(valuesOf(child, '2.6.4.3.18')).toEqual([]);
    expect(valuesOf(child, '2.6.4.3.27')).toEqual([]);
  });
});

describe('what a heading leaves out', () => {
  const [source] = ipm([identifier('1')], []);

  test('has its default', () => {
    expect(valuesOf(source, heading(7))).toEqual(['0a0101']);
    expect(valuesOf(source, heading(9))).toEqual(['010100']);
    expect(valuesOf(source, '2.6.1.13.18')).toEqual(['020103']);
  });

  test('or is not there', () => {
    const present = [...allValues(source).keys()].filter((oid) => oid.startsWith('2.6.1.7'));
    expect(present).toEqual([heading(0), heading(1), heading(7), heading(9)]);
    expect(valuesOf(source, body(0))).toEqual(['3000']);
    expect(valuesOf(source, summary(1))).toEqual(['3000']);
  });

  test('blind copies may be told in the envelope', () => {
    const [told] = ipm([identifier('1')], [], [extensionField(41, element('30', ...BLIND))]);
    expect(valuesOf(told, heading(13))).toEqual(BLIND);
    const [both] = ipm(
      [identifier('1'), element('a4', ...COPY)],
      [],
      [extensionField(41, element('30', ...BLIND))],
    );
    expect(valuesOf(both, heading(13))).toEqual(COPY);
  });

  test('a recipient of a list of circulation, by redirection, by none', () => {
    const category = (fields: string[], envelope: string[] = []) => {
      const content = element('a0', element('31', identifier('1'), ...fields), '3000');
      return valuesOf(deliver({ content, fields: envelope })[0], '2.6.1.13.18');
    };
    const self = element('31', element('a0', element('60', THIS_RECIPIENT)));
    const members = element('30', element('31', recipient('First')), element('31', self));
    expect(category([element('af', headingExtension(6, members))])).toEqual(['020104']);
    expect(category([element('a3', ...COPY)], [element('a5', nameOf('Copy'))])).toEqual(['020101']);
    expect(category([element('a4', self)])).toEqual(['020102']);
    expect(category([element('a3', ...COPY)])).toEqual(['020103']);
  });
});

const SUBJECT_IPM = identifier('1');
const COMMON = [SUBJECT_IPM, element('a1', descriptor('One')), element('a2', descriptor('Two'))];
const [ONE, TWO] = [element('31', descriptor('One')), element('31', descriptor('Two'))];
const EXTENSION = element('30', '06032a0304', '0500');
const notify = (...fields: string[]) =>
  deliver({ content: element('a1', ...COMMON, ...fields) })[0];

describe('notifications', () => {
  const nonReceipt = element(
    'a0',
    element(
      'a0',
      '800101',
      '810102',
      text('82', 'On leave'),
      `a3${INNER.slice(2)}`,
      element('a4', EXTENSION),
    ),
  );
  const eits = element('65', '80020520');
  const nrn = notify(eits, element('a3', EXTENSION), nonReceipt);
  const receipt = element(
    'a1',
    text('80', '260101130000Z'),
    text('82', 'Yes'),
    element('a3', EXTENSION),
  );
  const rn = notify(element('a0', receipt));
  const on = notify(element('a0', element('a2', EXTENSION, EXTENSION)));

  test.each<[number, string[], string[], string[]]>([
    [0, [SUBJECT_IPM], [SUBJECT_IPM], [SUBJECT_IPM]],
    [1, [ONE], [ONE], [ONE]],
    [2, [TWO], [TWO], [TWO]],
    [3, ['060456030402'], [], []],
    [4, ['0a0101'], [], []],
    [5, ['0a0102'], [], []],
    [6, [text('13', 'On leave')], [], []],
    [7, [INNER], [], []],
    [8, [], [text('17', '260101130000Z')], []],
    [9, [], ['0a0100'], []],
    [10, [], [text('13', 'Yes')], []],
    [11, [EXTENSION], [], []],
    [12, [EXTENSION], [], []],
    [13, [], [EXTENSION], []],
    [14, [], [], [EXTENSION, EXTENSION]],
  ])('notification %i', (number, ...expected) => {
    const values = [nrn, rn, on].map((source) => valuesOf(source, notification(number)));
    expect(values).toEqual(expected);
  });

  test('say their kind, and are no message', () => {
    const kinds = [rn, nrn, on].map((source) => valuesOf(source, summary(0)));
    expect(kinds).toEqual([['0a0101'], ['0a0102'], ['0a0103']]);
    for (const source of [rn, nrn, on]) {
      expect(valuesOf(source, heading(0))).toEqual([]);
      expect(valuesOf(source, heading(7))).toEqual([]);
      expect(valuesOf(source, summary(1))).toEqual([]);
    }
  });

  test('an automatic receipt says so', () => {
    const automatic = notify(element('a0', element('a1', text('80', '260101130000Z'), '810101')));
    expect(valuesOf(automatic, notification(9))).toEqual(['0a0101']);
  });

  interface Row {
    readonly group: string;
    readonly oid: string;
    readonly name: string;
    readonly presence: Readonly<Record<string, string>>;
  }
  test.skipIf(!HAS_SHARED)(`presence is as in the reference${WHY_SKIPPED}`, () => {
    const { attributes } = JSON.parse(readShared('protocol/ms-attributes.json').toString('utf8'));
    const rows = (attributes as Row[]).filter(({ group }) => group === 'ipm');
    const [message] = ipm(HEADING, PARTS);
    for (const [column, source] of Object.entries({ ipm: message, rn, nrn, on })) {
      const present = allValues(source);
      for (const { oid, name, presence } of rows) {
        const is = [column, name, present.has(oid)];
        if (presence[column] === 'P') expect(is).toEqual([column, name, true]);
        if (presence[column] === '-') expect(is).toEqual([column, name, false]);
      }
    }
  });
});
