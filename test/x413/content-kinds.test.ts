/**
 * Attributes of the other kinds of content: interpersonal of 1984, military, EDI, messages within
 * messages; and what is left of one that is broken.
 *
 * Source: X.420 (1999) 19.6; STANAG 4406 Annex A; X.435 (1999) 18; X.413 (1999) 6.3.4.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatHex } from '../../src/base/octets.js';
import { attributesOf } from '../../src/x413/attribute-table.js';
import { element, octets } from '../osi/ber.js';
import {
  allValues,
  DELIVERY_TIME,
  deliveredMessage,
  deliveryOf,
  IDENTIFIER,
  nameOf,
  ORIGINATOR,
  otherFieldsOf,
  THIS_RECIPIENT,
  text,
  valuesOf,
} from '../support/entries.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

const P772 = '06082b1a00a236000401';
const P35 = '800123';
const deliver = (
  content: string,
  contentType?: string,
  states?: Parameters<typeof deliveredMessage>[1],
) =>
  deliveredMessage(
    octets(deliveryOf({ content, ...(contentType !== undefined && { contentType }) })),
    states,
  );

const identifier = (relative: string) => element('6b', text('13', relative));
const descriptor = (organization: string) => element('31', element('60', nameOf(organization)));
const TEXT_PART = element('a0', '3100', text('16', 'One line.\r\n'));

describe('interpersonal of 1984', () => {
  const subject = text('13', 'Old');
  const fields = [identifier('84'), element('a8', subject)];
  const content = element('a0', element('31', ...fields), element('30', TEXT_PART, '8100'));
  const [source] = deliver(content, '800102');

  test.each([
    ['2.6.4.3.8', ['060456010a00']],
    ['2.6.1.6.0', ['0a0100']],
    ['2.6.1.7.1', [identifier('84')]],
    ['2.6.1.7.4', [subject]],
    ['2.6.1.8.1', [`30${TEXT_PART.slice(2)}`]],
    ['2.6.1.8.12', []],
  ])('%s', (oid, values) => expect(valuesOf(source, oid)).toEqual(values));

  test('a telex part is one of an unknown type', () => {
    const ia5 = '800456010400a10a060456010b00a002310082010d';
    expect(valuesOf(source, '2.6.1.6.1')).toEqual([
      element('30', element('a1', ia5), element('a1', '8003560104', '820102')),
    ]);
  });
});

const military = (number: number, value: string) =>
  element('30', element('06', `2b1a00a2360002${number.toString(16).padStart(2, '0')}`), value);

describe('military', () => {
  const strings = (...values: string[]) => element('30', ...values.map((one) => text('13', one)));
  const SICS = [text('13', 'ABC'), text('13', 'XYZ')];
  const EXTENSION = element('30', '06032a0304', '0500');
  const DISTRIBUTION = element('31', element('a0', ...SICS), element('a1', EXTENSION));
  const DESIGNATORS = [element('31', '800101', element('a1', element('60', nameOf('List'))))];
  const INDICATORS = [element('31', '800100', element('81', '41'))];
  const PILOTS = [element('30', '800104'), element('30', '800105')];
  const LABELS = ['8000', element('a1', '020103')];
  const INFORMATION = element('30', element('a0', '020102'), element('a2', ...LABELS));
  const MESSAGE_TYPE = element('31', '800100', text('81', 'EXERCISE'));
  const extensions = [
    military(0, '020104'),
    military(1, '020101'),
    military(2, MESSAGE_TYPE),
    military(3, element('30', ...DESIGNATORS)),
    military(4, element('30', descriptor('Exempt'), descriptor('Other'))),
    military(5, text('17', '260101091500Z')),
    military(6, DISTRIBUTION),
    military(7, strings('BY HAND')),
    military(8, strings('ZEN', 'ZOC')),
    military(9, '020103'),
    military(10, text('13', 'REF 1')),
    military(11, element('30', ...INDICATORS)),
    military(12, element('30', ...PILOTS)),
    military(13, text('13', 'RX 1 001')),
    military(14, text('13', 'SHIP')),
    military(17, INFORMATION),
  ];
  const request = element('a3', military(15, '03020540'));
  const recipients = [
    element(
      '31',
      element('a0', element('60', nameOf('Other'))),
      element('a3', military(15, '030205e0')),
    ),
    element('31', element('a0', element('60', THIS_RECIPIENT)), request),
  ];
  const heading = element(
    '31',
    identifier('0001 260101091500Z'),
    element('a2', ...recipients),
    element('af', ...extensions),
  );
  const [source] = deliver(element('a0', heading, element('30', TEXT_PART)), P772);

  test.each<[number, string[]]>([
    [0, ['020104']],
    [1, ['020101']],
    [2, [MESSAGE_TYPE]],
    [3, DESIGNATORS],
    [4, [descriptor('Exempt'), descriptor('Other')]],
    [5, [text('17', '260101091500Z')]],
    [6, [DISTRIBUTION]],
    [7, [text('13', 'BY HAND')]],
    [8, [text('13', 'ZEN'), text('13', 'ZOC')]],
    [9, ['020103']],
    [10, [text('13', 'REF 1')]],
    [11, INDICATORS],
    [12, PILOTS],
    [13, [text('13', 'RX 1 001')]],
    [14, [text('13', 'SHIP')]],
    [15, ['03020540']],
    [16, SICS],
    [17, [EXTENSION]],
    [18, LABELS],
    [19, [INFORMATION]],
  ])('mm %i', (number, values) =>
    expect(valuesOf(source, `1.3.26.0.4406.0.3.${number}`)).toEqual(values),
  );

  test('the heading fields are those of P22', () => {
    expect(valuesOf(source, '2.6.1.7.1')).toEqual([identifier('0001 260101091500Z')]);
    expect(valuesOf(source, '2.6.1.7.11')).toEqual(recipients);
    expect(valuesOf(source, '2.6.4.3.8')).toEqual([P772]);
  });

  test('a precedence of no known number is none', () => {
    const odd = element('31', identifier('1'), element('af', military(0, '020140')));
    const [message] = deliver(element('a0', odd, '3000'), P772);
    expect(valuesOf(message, '1.3.26.0.4406.0.3.0')).toEqual([]);
  });

  test.skipIf(!HAS_SHARED)(`out of a capture${WHY_SKIPPED}`, () => {
    const packets = readShared('samples/p772-transfer-success.pcap');
    const at = packets.indexOf(Buffer.from('048201b7048201b3a080', 'hex')) + 8;
    const content = packets.subarray(at, at + 0x1b3).toString('hex');
    const [captured] = deliver(content, P772);
    expect(valuesOf(captured, '1.3.26.0.4406.0.3.0')).toEqual(['020103']);
    expect(valuesOf(captured, '2.6.1.7.4')).toEqual([text('14', 'P772 Message')]);
    // A string in segments, of indefinite length, as it came.
    expect(valuesOf(captured, '2.6.1.8.20')).toEqual(['3680040768656c6c6f0d0a0000']);
    for (const [oid, values] of allValues(captured)) {
      // Of the content, whatever is not made anew is a window on it.
      const isWindow = oid.startsWith('2.6.1.7.') && !['2.6.1.7.9', '2.6.1.7.7'].includes(oid);
      for (const value of isWindow ? values : []) expect(content).toContain(value.slice(2));
    }
  });
});

describe('EDI', () => {
  const edim = (relative: string) => [element('a0', nameOf('Origin')), text('81', relative)];
  const EXTENSION = element('30', '80032a0304', element('a2', '0500'));
  const INTERCHANGE = Buffer.from("UNB+UNOA:1+A+B'UNZ+0+1'").toString('hex');
  const SENDER = [text('80', 'A'), text('81', '14')];
  const SECURITY = ['80020640', element('a2', EXTENSION)];
  const REFERENCES = [element('30', element('80', '41'), element('82', '01'))];
  const other = element('30', element('a1', nameOf('Other')), element('87', '41'));
  const own = element(
    '30',
    element('a1', THIS_RECIPIENT),
    '820456070d01',
    element('a3', '800205a0', '82020640'),
    '8401ff',
    element('a5', text('80', 'B')),
    element('a6', text('80', 'REF')),
    text('87', 'CTRL'),
    text('88', 'A'),
    text('8a', 'AGREED'),
    element('ac', text('80', 'AUTH')),
    element('ad', EXTENSION),
  );
  const headingFields = [
    element('a1', ...edim('1')),
    element('a2', nameOf('Origin')),
    element('a3', other, own),
    element('a4', element('a0', nameOf('Receiver'))),
    '8501ff',
    text('88', '260201000000Z'),
    element('a9', element('a0', ...edim('0'))),
    element('aa', element('31', ...edim('-1'))),
    element('ab', ...SECURITY),
    element('ac', ...REFERENCES),
    element('ad', text('14', 'ORDERS'), text('14', 'INVOIC')),
    element('ae', text('80', ':')),
    element('af', text('14', 'UNOA'), text('13', '1')),
    element('b0', ...SENDER),
    text('91', '260101000000Z'),
    text('92', 'APP'),
    element('b3', EXTENSION),
  ];
  const HEADING = element('30', ...headingFields);
  const extended = element('30', element('a1', element('28', '06032a0304', 'a0020500')));
  const BODY = element('30', element('80', INTERCHANGE), element('30', extended, extended));
  const [source] = deliver(element('a0', HEADING, BODY), P35);

  test.each<[string, string[]]>([
    ['5.0', ['0a0100']],
    [
      '5.1',
      [
        element(
          '30',
          element('a1', '800456070b00', '820117'),
          element('a1', '80032a0304', '820102'),
          element('a1', '80032a0304', '820102'),
        ),
      ],
    ],
    ['6.0', [HEADING]],
    ['6.1', [element('31', ...edim('1'))]],
    ['6.2', [element('60', nameOf('Origin'))]],
    ['6.4', [element('30', element('a0', nameOf('Receiver')))]],
    ['6.5', ['0101ff']],
    ['6.6', ['060456070b00']],
    ['6.7', ['010100']],
    ['6.8', [text('17', '260201000000Z')]],
    ['6.9', [element('a0', ...edim('0'))]],
    ['6.10', [element('31', ...edim('-1'))]],
    ['6.11', ['03020640']],
    ['6.12', [EXTENSION]],
    ['6.13', REFERENCES],
    ['6.14', [text('14', 'ORDERS'), text('14', 'INVOIC')]],
    ['6.15', [element('30', text('80', ':'))]],
    ['6.16', [element('30', text('14', 'UNOA'), text('13', '1'))]],
    ['6.17', [element('30', ...SENDER)]],
    ['6.18', [text('17', '260101000000Z')]],
    ['6.19', [text('14', 'APP')]],
    ['6.20', [EXTENSION]],
    ['7.0', [element('60', THIS_RECIPIENT)]],
    ['7.1', ['060456070d01']],
    ['7.2', ['030205a0']],
    ['7.3', ['0101ff']],
    ['7.4', [element('30', text('80', 'B'))]],
    ['7.5', [element('30', text('80', 'REF'))]],
    ['7.6', [text('14', 'CTRL')]],
    ['7.7', [text('14', 'A')]],
    ['7.8', ['010100']],
    ['7.9', [text('14', 'AGREED')]],
    ['7.10', ['010100']],
    ['7.11', ['030100']],
    ['7.12', ['03020640']],
    ['7.13', [EXTENSION]],
    ['7.14', [element('30', text('80', 'AUTH'))]],
    ['8.0', [BODY]],
    ['8.1', ['020117']],
    ['8.2', [element('04', INTERCHANGE)]],
    ['8.4', []],
    ['8.5', []],
    ['8.6', ['06032a0304']],
    ['9.0', []],
  ])('message 2.6.7.%s', (number, values) =>
    expect(valuesOf(source, `2.6.7.${number}`)).toEqual(values),
  );

  test('a recipient whom the heading does not name has none of his fields', () => {
    const heading = element('30', element('a1', ...edim('1')), element('a3', other));
    const [message] = deliver(element('a0', heading, BODY), P35);
    const oids = [...allValues(message).keys()].filter((oid) => oid.startsWith('2.6.7.7.'));
    expect(oids).toEqual([]);
  });

  /** In data of a forwarded message, body parts are under the tags of choices. */
  const dataOf = (...body: string[]) => element('30', HEADING, element('30', ...body));
  const forwarding = (data: string, ...parameters: string[]) =>
    element('a1', ...parameters, `a1${data.slice(2)}`);
  const primary = element('a1', element('80', INTERCHANGE));
  const others = element('30', `a0${extended.slice(2)}`, `a1${extended.slice(2)}`);

  test('a forwarded message stands in its attributes, and is an entry of its own', () => {
    const data = dataOf(primary, others);
    const parameters = element(
      'a0',
      text('80', '260101000000Z'),
      `a1${otherFieldsOf({ contentType: P35 }).slice(2)}`,
    );
    const part = forwarding(data, parameters);
    const [message, child] = deliver(element('a0', HEADING, element('30', part)), P35);
    expect(valuesOf(message, '2.6.7.8.4')).toEqual([`31${parameters.slice(2)}`]);
    expect(valuesOf(message, '2.6.7.8.5')).toEqual([data]);
    expect(valuesOf(message, '2.6.7.8.2')).toEqual([]);
    expect(valuesOf(message, '2.6.7.8.3')).toEqual(['020108']);
    expect(valuesOf(child, '2.6.4.3.1')).toEqual([element('04', element('a0', HEADING, BODY))]);
    expect(valuesOf(child, '2.6.4.3.20')).toEqual([text('17', '260101000000Z')]);
    expect(valuesOf(child, '2.6.4.3.27')).toEqual([ORIGINATOR]);
    expect(valuesOf(child, '2.6.7.8.2')).toEqual([element('04', INTERCHANGE)]);
    const own = valuesOf(child, '2.6.7.5.1')[0] ?? '';
    const within = element('a0', '800108', `a1${own.slice(2)}`);
    expect(valuesOf(message, '2.6.7.5.1')).toEqual([element('30', within)]);
  });

  test('a forwarded message may have lost its interchange, or forward another', () => {
    const [, removed] = deliver(
      element('a0', HEADING, element('30', forwarding(dataOf('8000')))),
      P35,
    );
    expect(valuesOf(removed, '2.6.7.8.2')).toEqual(['0400']);
    const inner = forwarding(dataOf(primary));
    const chain = deliver(
      element('a0', HEADING, element('30', forwarding(dataOf(element('a1', inner))))),
      P35,
    );
    expect(chain.map((source) => valuesOf(source, '2.6.7.8.3'))).toEqual([
      ['020108'],
      ['020109'],
      [],
    ]);
    expect(valuesOf(chain[2], '2.6.7.8.2')).toEqual([element('04', INTERCHANGE)]);
  });

  const COMMON = [
    element('a1', ...edim('1')),
    element('a2', nameOf('Origin')),
    element('a3', nameOf('First')),
    text('84', '260101000000Z'),
    element('a5', ...SECURITY),
    '860102',
    element('a7', EXTENSION),
  ];
  const REASON = element('a0', element('30', '800104'));
  const notify = (kind: number, ...fields: string[]) =>
    deliver(element('a1', element(`a${kind}`, element('a0', ...COMMON), ...fields)), P35)[0];
  const positive = notify(0, text('81', 'Fine'), element('a2', EXTENSION));
  const negative = notify(1, element('a1', REASON), text('82', 'No'), element('a3', EXTENSION));
  const forwarded = notify(
    2,
    element('a1', nameOf('Next')),
    element('a2', REASON),
    text('83', 'On'),
    element('a4', EXTENSION),
  );

  test.each<[string, string[], string[], string[]]>([
    ['5.0', ['0a0101'], ['0a0102'], ['0a0103']],
    ['9.0', ...same(element('31', ...edim('1')))],
    ['9.1', ...same(element('60', nameOf('Origin')))],
    ['9.2', ...same(element('60', nameOf('First')))],
    ['9.3', ...same(text('17', '260101000000Z'))],
    ['9.4', ...same(element('30', ...SECURITY))],
    ['9.5', ...same(EXTENSION)],
    ['9.6', ...same('0a0102')],
    ['9.7', [text('14', 'Fine')], [], []],
    ['9.8', [EXTENSION], [], []],
    ['9.9', [], [REASON], []],
    ['9.10', [], [text('14', 'No')], []],
    ['9.11', [], [EXTENSION], []],
    ['9.12', [], [], [element('60', nameOf('Next'))]],
    ['9.13', [], [], [REASON]],
    ['9.14', [], [], [text('14', 'On')]],
    ['9.15', [], [], [EXTENSION]],
    ['6.0', [], [], []],
  ])('notification 2.6.7.%s', (number, ...expected) => {
    const values = [positive, negative, forwarded].map((one) => valuesOf(one, `2.6.7.${number}`));
    expect(values).toEqual(expected);
  });
});

function same(value: string): [string[], string[], string[]] {
  return [[value], [value], [value]];
}

describe('messages within messages', () => {
  const heading = (relative: string) => element('31', identifier(relative));
  const INNERMOST = element('30', heading('3'), element('30', TEXT_PART));
  const INNER_PART = element('a9', '3100', INNERMOST);
  const INNER = element('30', heading('2'), element('30', TEXT_PART, INNER_PART));
  const PARAMETERS = element('a0', '060456010b0b', element('a0', '3103020106'));
  const GENERAL = element('af', PARAMETERS, element('28', '06045601040b', 'a0031b0141'));
  const OUTER_PART = element('a9', element('31', text('80', '251231000000Z')), INNER);
  const parts = [TEXT_PART, OUTER_PART, GENERAL];
  const content = element('a0', heading('1'), element('30', ...parts));

  /** NonMessageBodyPartSynopsis of the IA5 part. */
  const ia5 = (processed: string) =>
    element('a1', '800456010400', element('a1', '060456010b00', 'a0023100'), '82010d', processed);
  const general = (processed: string) =>
    element('a1', '80045601040b', `a1${PARAMETERS.slice(2)}`, '820103', processed);
  const message = (number: string, ...synopses: string[]) =>
    element('a0', `8001${number}`, element('a1', ...synopses));

  test('the synopsis is a tree, with what was conveyed of each', () => {
    const states = [{ conveyed: 0b1010 }, { status: 'processed' }, {}] as const;
    const [source] = deliver(content, undefined, states);
    const inner = message('08', ia5('8301ff'), message('09', ia5('')));
    const synopsis = element('30', ia5('8301ff'), inner, general('8301ff'));
    expect(valuesOf(source, '2.6.1.6.1')).toEqual([synopsis]);
  });

  test('each entry has its own', () => {
    const sources = deliver(content);
    expect(sources.map((source) => valuesOf(source, '2.6.1.6.1'))).toEqual([
      [element('30', ia5(''), message('08', ia5(''), message('09', ia5(''))), general(''))],
      [element('30', ia5(''), message('09', ia5('')))],
      [element('30', ia5(''))],
    ]);
    expect(sources.map((source) => valuesOf(source, '2.6.1.8.8'))).toEqual([
      ['020108'],
      ['020109'],
      [],
    ]);
    expect(sources.map((source) => valuesOf(source, '2.6.4.3.29'))).toEqual([
      [],
      ['020107'],
      ['020108'],
    ]);
    expect(sources.map((source) => valuesOf(source, '2.6.1.7.1'))).toEqual([
      [identifier('1')],
      [identifier('2')],
      [identifier('3')],
    ]);
    expect(valuesOf(sources[2], '2.6.4.3.1')).toEqual([element('04', `a0${INNERMOST.slice(2)}`)]);
  });

  test('the summary has one value for each part', () => {
    const [source] = deliver(content, undefined, [{ conveyed: 0b0010 }, { status: 'processed' }]);
    expect(valuesOf(source, '2.6.1.6.2')).toEqual([
      element('30', '800456010400', '810456010b00', '830101', '84010d', '8501ff'),
      element(
        '30',
        '800456010407',
        '810456010b07',
        '820108',
        '830102',
        element('84', (INNER.length / 2).toString(16).padStart(2, '0')),
        '8501ff',
      ),
      element('30', '80045601040b', '810456010b0b', '830103', '840103'),
    ]);
  });

  test('forwarded content has the envelope that was passed on with it', () => {
    const object = `a0${INNERMOST.slice(2)}`;
    const fields = otherFieldsOf({});
    const contents = (whole: string) => whole.slice(4);
    const passed = element(
      '31',
      element('80', contents(DELIVERY_TIME)),
      `a1${fields.slice(2)}`,
      `a2${IDENTIFIER.slice(2)}`,
    );
    // 2.6.1.11.17 and 2.6.1.4.17, each with the arcs of P22 behind it.
    const [parametersType, dataType] = ['56010b110206010a01', '560104110206010a01'];
    const part = element(
      'af',
      element('a0', element('06', parametersType), element('a0', passed)),
      element('28', element('06', dataType), element('a0', element('04', object))),
    );
    const [, child] = deliver(element('a0', heading('1'), element('30', part)));
    expect(valuesOf(child, '2.6.4.3.1')).toEqual([element('04', object)]);
    expect(valuesOf(child, '2.6.4.3.19')).toEqual([IDENTIFIER]);
    expect(valuesOf(child, '2.6.4.3.18')).toEqual([
      element('30', IDENTIFIER, DELIVERY_TIME, fields),
    ]);
    expect(valuesOf(child, '2.6.4.3.27')).toEqual([ORIGINATOR]);
    expect(valuesOf(child, '2.6.4.3.41')).toEqual([element('60', THIS_RECIPIENT)]);
  });

  test('a part is conveyed under its own number', () => {
    const [source] = deliver(content);
    if (source === undefined) throw new Error('no entry');
    const numbers = (oid: string) =>
      attributesOf('94')
        .find((definition) => definition.oid === oid)
        ?.bodyPartNumbers?.(source);
    expect(numbers('2.6.1.8.1')).toEqual([1]);
    expect(numbers('2.6.1.8.20')).toEqual([1]);
    expect(numbers('2.6.1.8.26')).toEqual([2]);
    expect(numbers('2.6.1.4.11')).toEqual([3]);
    expect(numbers('2.6.1.11.11')).toBeUndefined();
    expect(numbers('2.6.1.8.13')).toBeUndefined();
  });
});

describe('a content that is broken', () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../../fixtures/${name}.ber`, import.meta.url));
  const CONTENT_OIDS = /^(2\.6\.1\.|2\.6\.7\.|1\.3\.26\.)/;

  test.each(['', '00', 'a0', 'a003', 'ffffffff', '30800000', 'a080310000000000', 'a1023000'])(
    '%j has general attributes and its octets, and nothing else',
    (content) => {
      const [source] = deliver(content);
      const oids = [...allValues(source).keys()].filter((oid) => CONTENT_OIDS.test(oid));
      expect(oids).toEqual([]);
      expect(valuesOf(source, '2.6.4.3.1')).toEqual([element('04', content)]);
      expect(valuesOf(source, '2.6.4.3.16')).toEqual(['020100']);
    },
  );

  test('one broken part takes no other away', () => {
    const broken = ['a002ffff', 'af043002ffff', 'a9020400'];
    const body = element('30', broken[0] ?? '', TEXT_PART, ...broken.slice(1));
    const [source] = deliver(element('a0', element('31', identifier('1')), body));
    expect(valuesOf(source, '2.6.1.7.1')).toEqual([identifier('1')]);
    expect(valuesOf(source, '2.6.1.8.1')).toContain(`30${TEXT_PART.slice(2)}`);
    expect(valuesOf(source, '2.6.1.8.0')).toEqual([body]);
  });

  test.each([
    ['ia5-text', '800116'],
    ['utf8-text', '800116'],
    ['forwarded', '800116'],
    ['military', P772],
    ['interchange', P35],
  ])('%s with any octet changed or lost never makes a derivation throw', (name, contentType) => {
    const whole = fixture(name);
    const position = fc.nat(whole.length - 1);
    fc.assert(
      fc.property(position, fc.nat(255), fc.boolean(), (at, octet, isCut) => {
        const content = Buffer.from(isCut ? whole.subarray(0, at) : whole);
        if (!isCut) content[at] = octet;
        const [source] = deliver(content.toString('hex'), contentType);
        const values = allValues(source);
        expect(values.get('2.6.4.3.1')).toEqual([element('04', formatHex(content))]);
        // Nor do the numbers of body parts.
        for (const { bodyPartNumbers } of attributesOf('94')) {
          if (source !== undefined) bodyPartNumbers?.(source);
        }
      }),
      { numRuns: 100 },
    );
  });
});
