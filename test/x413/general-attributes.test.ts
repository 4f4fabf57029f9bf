/** Source: X.413 (1999) 11.2; X.411 (1999) 8.3. Every value octet for octet from what arrived. */
import { describe, expect, test } from 'vitest';
import { element, octets } from '../osi/ber.js';
import {
  allValues,
  DELIVERY_TIME,
  deliveredMessage,
  deliveredReport,
  deliveryOf,
  extensionField,
  IDENTIFIER,
  nameOf,
  ORIGINATOR,
  otherFieldsOf,
  THIS_RECIPIENT,
  text,
  valuesOf,
} from '../support/entries.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

const general = (number: number) => `2.6.4.3.${number}`;
const deliver = (...input: Parameters<typeof deliveryOf>) =>
  deliveredMessage(octets(deliveryOf(...input)));

const [OTHER, ANOTHER] = [element('60', nameOf('Other')), element('60', nameOf('Another'))];
/** ia5-text by its bit, and general-text of ISO-IR 6 by its identifier. */
const EITS = ['80020520', element('a4', '060728ce2507010006')];
const IA5_TEXT_EIT = '060456030402';
const G3_EIT = '060456030403';
const GENERAL_TEXT_EIT = '060728ce2507010006';
const LABEL = element('31', '060329010a', '020103', text('13', 'MARK'));
const EXPANSION = element('30', element('60', nameOf('List')), text('17', '260101115900Z'));
const REDIRECTION = element('30', EXPANSION, '0a0101');
const TRACE = element(
  '30',
  element('63', element('61', text('13', 'XX')), element('62', '1300')),
  '3100',
);

const P772 = '06082b1a00a236000401';
/** Primary precedence flash. */
const FLASH = element('30', '06082b1a00a236000200', '020104');

const FIELDS = [
  element('a1', ...EITS),
  '82020640',
  element('a3', OTHER, ANOTHER),
  element('a5', nameOf('Intended')),
  text('88', 'CID 1'),
  '470102',
];
const EXTENSIONS: readonly (readonly [number: number, value: string])[] = [
  [13, element('30', nameOf('Return'))],
  [20, LABEL],
  [22, '0a0101'],
  [25, element('30', REDIRECTION, REDIRECTION)],
  [26, element('30', EXPANSION)],
  [37, element('69', TRACE)],
  [38, element('30', TRACE, TRACE)],
  [42, element('31', OTHER, ANOTHER)],
];

describe('a delivered message', () => {
  const input = {
    content: '300130',
    fields: FIELDS,
    extensions: EXTENSIONS.map(([number, value]) => extensionField(number, value)),
  };
  const [source] = deliver(input);

  test.each<[number, string[]]>([
    [0, []],
    [1, ['0403300130']],
    [3, []],
    [4, [text('4a', 'CID 1')]],
    [6, ['020103']],
    [7, []],
    [8, ['060456010a01']],
    [9, []],
    [10, []],
    [11, [text('17', '260101120000Z')]],
    [12, [IA5_TEXT_EIT, GENERAL_TEXT_EIT]],
    [13, ['03020640']],
    [14, [EXPANSION]],
    [15, ['020100']],
    [16, ['020100']],
    [17, [element('60', nameOf('Intended'))]],
    [18, [element('30', IDENTIFIER, DELIVERY_TIME, otherFieldsOf(input))]],
    [19, [IDENTIFIER]],
    [20, [DELIVERY_TIME]],
    [22, [LABEL]],
    [23, [text('17', '260101120000Z')]],
    [25, [IA5_TEXT_EIT, GENERAL_TEXT_EIT]],
    [27, [ORIGINATOR]],
    [28, [OTHER, ANOTHER]],
    [29, []],
    [30, []],
    [31, ['470102']],
    [32, ['0a0101']],
    [33, [REDIRECTION, REDIRECTION]],
    [34, []],
    [38, ['020103']],
    [39, ['020107']],
    [40, []],
    [41, [element('60', THIS_RECIPIENT)]],
    [54, [TRACE, TRACE]],
    [64, [element('30', nameOf('Return'))]],
    [71, [element('60', THIS_RECIPIENT), OTHER, ANOTHER]],
    [75, [TRACE]],
    [78, [OTHER, ANOTHER]],
  ])('%i', (number, values) => expect(valuesOf(source, general(number))).toEqual(values));

  test('converted types come before original ones', () => {
    const [converted] = deliver({ fields: [...FIELDS, element('a6', '80020410')] });
    expect(valuesOf(converted, general(10))).toEqual([G3_EIT]);
    expect(valuesOf(converted, general(12))).toEqual([G3_EIT]);
    expect(valuesOf(converted, general(25))).toEqual([IA5_TEXT_EIT, GENERAL_TEXT_EIT]);
  });

  test('priority is normal where it was not sent', () => {
    expect(valuesOf(deliver({})[0], general(31))).toEqual(['470100']);
  });

  test('an external content names its own type', () => {
    const contentType = '800101';
    const external = element('28', '06032a0304', element('a0', '0500'));
    const named = deliver({ contentType, content: external })[0];
    expect(valuesOf(named, general(8))).toEqual(['06032a0304']);
    // One that does not say: an inner envelope.
    const silent = deliver({ contentType, content: '3000' })[0];
    expect(valuesOf(silent, general(8))).toEqual(['060456030301']);
  });

  test('an extended content type is itself', () => {
    expect(valuesOf(deliver({ contentType: P772 })[0], general(8))).toEqual([P772]);
  });
});

describe('a delivered report', () => {
  const perRecipient = (organization: string) =>
    element('31', element('a0', nameOf(organization)), 'a108a106800101810100');
  const recipients = [perRecipient('One'), perRecipient('Two')];
  const history = [element('60', nameOf('Origin')), element('60', nameOf('List'))].map((name) =>
    element('30', name, text('17', '260101115900Z')),
  );
  const extensions: readonly (readonly [number, string])[] = [
    [20, LABEL],
    [23, '040401020304'],
    [30, element('30', ...history)],
    [31, OTHER],
  ];
  const fields = [
    IDENTIFIER,
    text('4a', 'CID 1'),
    '460116',
    element('65', ...EITS),
    element('a1', ...extensions.map((one) => extensionField(...one))),
    element('30', ...recipients),
  ];
  const [report, returned] = deliveredReport(octets(element('31', ...fields, '8003300130')));

  test.each<[number, string[]]>([
    [0, ['020108']],
    [1, []],
    [3, ['040401020304']],
    [4, [text('4a', 'CID 1')]],
    [6, []],
    [7, ['0101ff']],
    [8, ['060456010a01']],
    [14, [history[1] ?? '']],
    [16, ['020101']],
    [19, []],
    [22, [LABEL]],
    [25, [IA5_TEXT_EIT, GENERAL_TEXT_EIT]],
    [27, []],
    [30, recipients],
    [31, []],
    [34, [element('31', ...fields)]],
    [35, [OTHER]],
    [38, ['020103']],
    [40, [IDENTIFIER]],
  ])('%i', (number, values) => expect(valuesOf(report, general(number))).toEqual(values));

  test.each<[number, string[]]>([
    [1, ['0403300130']],
    [6, ['020103']],
    [8, ['060456010a01']],
    [16, ['020102']],
    [22, []],
    [29, ['020107']],
    [30, []],
    [34, []],
    [39, ['020108']],
  ])('its returned content: %i', (number, values) =>
    expect(valuesOf(returned, general(number))).toEqual(values),
  );

  const ipm = element('a0', element('31', element('6b', text('13', '1'))), '3000');
  const edim = element('a0', element('30', element('a1', text('81', '1'))), '3003800141');
  test.each([
    ['an interpersonal message', ipm, '060456010a01'],
    ['an EDI message', edim, '060456070a00'],
    ['anything else', '0500', '060456030300'],
  ])('%s, returned without its type, is what it appears to be', (_title, content, type) => {
    const bare = fields.filter((field) => field !== '460116');
    const sources = deliveredReport(octets(element('31', ...bare, element('80', content))));
    expect(sources.map((source) => valuesOf(source, general(8)))).toEqual([[], [type]]);
    expect(valuesOf(sources[1], '2.6.1.7.1')).toHaveLength(content === ipm ? 1 : 0);
  });

  test('a returned military message has its precedence', () => {
    const heading = element('31', element('6b', text('13', '1')), element('af', FLASH));
    const p772 = fields.map((field) => (field === '460116' ? P772 : field));
    const content = element('80', element('a0', heading, '3000'));
    const [, military] = deliveredReport(octets(element('31', ...p772, content)));
    expect(valuesOf(military, '1.3.26.0.4406.0.3.0')).toEqual(['020104']);
  });

  test('a report that returns nothing says so', () => {
    const [bare] = deliveredReport(octets(element('31', ...fields)));
    expect(valuesOf(bare, general(7))).toEqual(['010100']);
    expect(valuesOf(bare, general(0))).toEqual([]);
  });
});

describe('signatures, which the store cannot verify', () => {
  const signature = element('30', '3000', '030100');
  const NOT_POSSIBLE = '020103';
  test.each([
    ['none', [], []],
    ['a content integrity check', [18], [element('a0', NOT_POSSIBLE)]],
    ['an origin authentication check', [19], [element('a1', NOT_POSSIBLE)]],
    ['a token, and a check', [16, 18], [element('a0', NOT_POSSIBLE), element('a2', NOT_POSSIBLE)]],
  ])('of a message: %s', (_name, numbers, members) => {
    const extensions = numbers.map((number) => extensionField(number, signature));
    const [source] = deliver({ extensions });
    const expected = members.length === 0 ? [] : [element('31', ...members)];
    expect(valuesOf(source, general(79))).toEqual(expected);
  });
  test('of a report', () => {
    const recipient = element('31', element('a0', nameOf('One')), 'a108a106800101810100');
    const extensions = element('a1', extensionField(33, signature));
    const fields = element('31', IDENTIFIER, '460116', extensions, element('30', recipient));
    const [source] = deliveredReport(octets(fields));
    expect(valuesOf(source, general(79))).toEqual([element('31', element('a3', NOT_POSSIBLE))]);
  });
});

describe('an envelope as peers bend it', () => {
  test('an extension number under an EXPLICIT tag, as of 1991', () => {
    const field = element('30', 'a003020116', element('a2', '0a0101'));
    expect(valuesOf(deliver({ extensions: [field] })[0], general(32))).toEqual(['0a0101']);
  });
  test('an extension without a value, and a private one, are no standard one', () => {
    const fields = [element('30', '800116'), element('30', '83032a0316', element('a2', '0a0101'))];
    expect(valuesOf(deliver({ extensions: fields })[0], general(32))).toEqual([]);
  });
  test('of two extensions of a number the first counts', () => {
    const fields = [extensionField(22, '0a0101'), extensionField(22, '0a0100')];
    expect(valuesOf(deliver({ extensions: fields })[0], general(32))).toEqual(['0a0101']);
  });
  test('a list that is none takes nothing else away', () => {
    const fields = [extensionField(25, '0500'), extensionField(22, '0a0101')];
    const [source] = deliver({ extensions: fields });
    expect(valuesOf(source, general(33))).toEqual([]);
    expect(valuesOf(source, general(32))).toEqual(['0a0101']);
  });
});

interface Row {
  readonly group: string;
  readonly oid: string;
  readonly name: string;
  readonly source: string;
  readonly valued: string;
  readonly presence: Readonly<Record<string, string>>;
}
const rows: readonly Row[] = HAS_SHARED
  ? JSON.parse(readShared('protocol/ms-attributes.json').toString('utf8')).attributes
  : [];

describe.skipIf(!HAS_SHARED)(`the reference's sources and presence${WHY_SKIPPED}`, () => {
  const fromExtension = rows.flatMap(({ group, oid, name, source, valued, presence }) => {
    const number = Number(/[Ee]xtension (\d+)\b/.exec(source)?.[1]);
    const isHeld = group === 'general' && presence.deliveredMessage !== '-' && number > 0;
    return isHeld ? [{ oid, name, number, isMulti: valued === 'multi' }] : [];
  });

  test('there are rows that name an extension', () =>
    expect(fromExtension.length).toBeGreaterThan(15));

  test.each(fromExtension)('$name is extension $number', ({ oid, number, isMulti }) => {
    const member = element('30', element('02', number.toString(16).padStart(2, '0')));
    const value = element('31', member);
    const [source] = deliver({ extensions: [extensionField(number, value)] });
    expect(valuesOf(source, oid)).toEqual([isMulti ? member : value]);
    const [without] = deliver({ extensions: [extensionField(number + 50, value)] });
    expect(valuesOf(without, oid)).toEqual([]);
  });

  test('what is always present is there, what never is is not', () => {
    const eits = element('a1', ...EITS);
    const [message] = deliver({ fields: [eits] });
    const recipient = element('31', element('a0', nameOf('One')), 'a108a106800101810100');
    const report = [IDENTIFIER, '460116', element('30', recipient)];
    const reports = deliveredReport(octets(element('31', ...report, '8003300130')));
    const sources = {
      deliveredMessage: message,
      deliveredReport: reports[0],
      returnedContent: reports[1],
    };
    for (const [column, source] of Object.entries(sources)) {
      if (source === undefined) throw new Error(column);
      const present = allValues(source);
      for (const row of rows.filter(({ group }) => group === 'general')) {
        const { oid, name, presence } = row;
        if (presence[column] === 'P') expect([name, present.has(oid)]).toEqual([name, true]);
        if (presence[column] === '-') expect([name, present.has(oid)]).toEqual([name, false]);
      }
    }
  });
});
