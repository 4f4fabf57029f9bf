/**
 * Attributes of what was submitted: messages, probes and drafts. Nothing makes such entries yet; their
 * envelope is that of the submission, with the result behind it.
 *
 * Source: X.413 (1999) 11.2; X.411 (1999) 8.2.
 */
import { describe, expect, test } from 'vitest';
import { parseHex } from '../../src/base/octets.js';
import { element } from '../osi/ber.js';
import {
  allValues,
  extensionField,
  IDENTIFIER,
  nameOf,
  ORIGINATOR,
  sourceOf,
  text,
  valuesOf,
} from '../support/entries.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

const general = (number: number) => `2.6.4.3.${number}`;
const hex = (digits: string) => parseHex(digits) as Uint8Array;
const TOKEN = element('30', '80032a0304');
const CHECK = element('30', '3000', '030100');
const recipient = (organization: string, ...extensions: string[]) =>
  element(
    '31',
    element('60', nameOf(organization)),
    '80020308',
    ...(extensions.length === 0 ? [] : [element('a2', ...extensions)]),
  );
const RECIPIENTS = [
  recipient('One'),
  recipient('Two', extensionField(16, TOKEN), extensionField(18, CHECK)),
];
const EXTENSIONS = [
  extensionField(1, '0a0101'),
  extensionField(3, '0a0101'),
  extensionField(5, text('17', '260102000000Z')),
  extensionField(23, '160141'),
  extensionField(24, CHECK),
];
const FIELDS = [
  ORIGINATOR,
  element('65', '80020520'),
  '460116',
  text('4a', 'CID 1'),
  '470102',
  '48020690',
  element('a2', ...EXTENSIONS),
];
const MESSAGE = element('31', ...FIELDS, text('80', '260101180000Z'), element('a1', ...RECIPIENTS));
const PROBE = element('31', ...FIELDS, '80020400', element('a3', ...RECIPIENTS));
const RESULT = element(
  '31',
  IDENTIFIER,
  text('80', '260101120000Z'),
  element('a1', extensionField(34, CHECK), extensionField(35, TOKEN)),
);
const CONTENT = element('a0', element('31', element('6b', text('13', '1'))), '3000');
const facts = {
  contentType: '2.6.1.10.1',
  priority: 2,
  cached: new Map([
    [1, hex(ORIGINATOR)],
    [3, hex(IDENTIFIER)],
    [6, hex(text('17', '260101120000Z'))],
    [7, hex(text('4a', 'CID 1'))],
    [9, hex('0a0100')],
  ] as const),
};
const contentLength = CONTENT.length / 2;
const message = sourceOf(
  { ...facts, entryType: 'submitted-message', contentLength },
  element('30', MESSAGE, RESULT),
  CONTENT,
);
const draft = sourceOf(
  { ...facts, entryType: 'draft-message', contentLength },
  element('30', MESSAGE),
  CONTENT,
);
const probe = sourceOf(
  { ...facts, entryType: 'submitted-probe', contentLength: 1024, priority: -1 },
  element('30', PROBE, RESULT),
  null,
);

describe('what was submitted', () => {
  const names = ['One', 'Two'].map((one) => element('60', nameOf(one)));
  test.each<[number, string[], string[], string[]]>([
    [1, [element('04', CONTENT)], [], [element('04', CONTENT)]],
    [3, ['160141'], ['160141'], ['160141']],
    [5, [CHECK], [], [CHECK]],
    [6, ['02010b'], ['02020400'], ['02010b']],
    [16, ['020103'], ['020104'], ['020105']],
    [18, [], [], []],
    [19, [IDENTIFIER], [IDENTIFIER], []],
    [24, [TOKEN], [], [TOKEN]],
    [25, ['060456030402'], ['060456030402'], ['060456030402']],
    [27, [ORIGINATOR], [ORIGINATOR], [ORIGINATOR]],
    [31, ['470102'], [], ['470102']],
    [41, [], [], []],
    [51, [text('17', '260101180000Z')], [], [text('17', '260101180000Z')]],
    [53, ['0a0101'], ['0a0101'], ['0a0101']],
    [55, [text('17', '260102000000Z')], [], [text('17', '260102000000Z')]],
    [59, [MESSAGE], [], [MESSAGE]],
    [62, [CHECK], [CHECK], []],
    [63, ['03020308', '03020308'], ['03020308', '03020308'], ['03020308', '03020308']],
    [65, ['48020690'], ['48020690'], ['48020690']],
    [66, RECIPIENTS, [], RECIPIENTS],
    [67, [], RECIPIENTS, []],
    [68, [], [CHECK], []],
    [69, [], [PROBE], []],
    [70, [TOKEN], [], []],
    [71, names, names, names],
    [72, ['0a0101'], ['0a0101'], ['0a0101']],
  ])('%i of a message, a probe, a draft', (number, ...expected) => {
    const values = [message, probe, draft].map((source) => valuesOf(source, general(number)));
    expect(values).toEqual(expected);
  });

  test('its content has the attributes of any content', () => {
    for (const source of [message, draft]) {
      expect(valuesOf(source, '2.6.1.7.1')).toEqual([element('6b', text('13', '1'))]);
      expect(valuesOf(source, '2.6.1.6.0')).toEqual(['0a0100']);
      expect(valuesOf(source, '2.6.1.6.1')).toEqual(['3000']);
    }
    expect(valuesOf(probe, '2.6.1.7.1')).toEqual([]);
  });

  test('broken envelopes give nothing and never throw', () => {
    for (const envelope of ['', '30', '3000', '30020500', `30043102a2ff`]) {
      const source = sourceOf({ entryType: 'submitted-message' }, envelope, null);
      expect(valuesOf(source, general(59)).length).toBeLessThan(2);
      expect(valuesOf(source, general(71))).toEqual([]);
    }
  });

  interface Row {
    readonly group: string;
    readonly oid: string;
    readonly name: string;
    readonly presence: Readonly<Record<string, string>>;
  }
  test.skipIf(!HAS_SHARED)(`presence is as in the reference${WHY_SKIPPED}`, () => {
    const { attributes } = JSON.parse(readShared('protocol/ms-attributes.json').toString('utf8'));
    const rows = (attributes as Row[]).filter(({ group }) => group === 'general');
    const event = sourceOf({ entryType: 'auto-action-event' }, '', null);
    const sources = {
      submittedMessage: message,
      submittedProbe: probe,
      draftMessage: draft,
      autoActionEvent: event,
    };
    // Made by the auto-action that is logged.
    const notYet = ['ms-auto-action-registration-identifier', 'ms-auto-action-type'];
    for (const [column, source] of Object.entries(sources)) {
      const present = allValues(source);
      for (const { oid, name, presence } of rows) {
        if (notYet.includes(name)) continue;
        const is = [column, name, present.has(oid)];
        if (presence[column] === 'P') expect(is).toEqual([column, name, true]);
        if (presence[column] === '-') expect(is).toEqual([column, name, false]);
      }
    }
  });
});
