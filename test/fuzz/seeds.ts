/** What is mutated: one good argument, at least, of every operation. */
import { type Asn1Type, encode } from '../../src/asn1/type.js';
import { composeReport } from '../../src/client/index.js';
import { OrName } from '../../src/x411/or-name.js';
import { DeleteArgument } from '../../src/x413/delete.js';
import { FetchArgument } from '../../src/x413/fetch.js';
import { ListArgument } from '../../src/x413/list.js';
import { ModifyArgument } from '../../src/x413/modify.js';
import { RegisterMsArgument } from '../../src/x413/register.js';
import { SummarizeArgument } from '../../src/x413/summarize.js';
import { deliveryOf, F1_CONTENT, orName, SENDER } from '../support/fixture-f1.js';
import {
  and,
  autoAlert,
  equality,
  int,
  item,
  loose,
  not,
  numbers,
  or,
  present,
  priority,
  STATUS,
  strict,
  teletex,
  utc,
} from '../support/p7-user.js';
import { addressOf } from '../support/server.js';

const SUBJECT = '2.6.1.7.4';
const NOTES = '2.6.4.3.58';
const byRule = (matchingRule: string, attributeType: string, matchValue: Uint8Array) =>
  item({ kind: 'otherMatch', value: { matchingRule, attributeType, matchValue } });
const filter = or(
  and(equality('2.6.4.3.15', int(0)), not(present(SUBJECT))),
  item({
    kind: 'substrings',
    value: {
      type: SUBJECT,
      strings: [
        { kind: 'initial', value: teletex('al') },
        { kind: 'any', value: teletex('ph') },
        { kind: 'final', value: teletex('a') },
      ],
    },
  }),
  item({
    kind: 'greaterOrEqual',
    value: { type: '2.6.4.3.11', value: utc('260101000000Z') },
  }),
  equality('2.6.4.3.31', priority(2)),
  equality('2.6.4.3.27', encode(OrName, orName(SENDER))),
);
const times = {
  kind: 'creationTimeRange',
  value: { from: '200101000000Z', to: '490101000000Z' },
} as const;
const whole = { childEntries: true, filter, limit: 5, range: times } as const;
const everything = ['2.6.4.3.1', '2.6.1.7.0', '2.6.1.8.0', SUBJECT, '2.6.1.6.1', '2.6.4.3.18'];
const asked = everything.map((type) => ({ type }));

export type Kind = 'message-delivery' | 'report-delivery' | Operation;
export type Operation = 'summarize' | 'list' | 'fetch' | 'delete' | 'modify' | 'register-ms';
const seed = <T>(kind: Kind, type: Asn1Type<T>, value: T): [Kind, Uint8Array] => [
  kind,
  encode(type, value),
];
const simple = (value: string) => ({ kind: 'simpleIa5', value }) as const;

export const SEEDS: [Kind, Uint8Array][] = [
  seed('list', ListArgument, {
    entryClass: 0,
    selector: whole,
    requestedAttributes: [{ type: '2.6.1.7.11', from: 1, count: 1 }, { type: SUBJECT }],
  }),
  seed('list', ListArgument, { entryClass: 0, selector: { childEntries: false } }),
  seed('list', ListArgument, {
    entryClass: 3,
    selector: {
      childEntries: true,
      filter: or(
        byRule('2.6.4.8.16', '2.6.4.3.27', encode(OrName, orName(SENDER))),
        byRule('2.6.4.8.18', '2.6.4.3.27', teletex('sender')),
        byRule('2.6.4.8.16', '2.6.1.7.11', encode(OrName, orName(SENDER))),
      ),
    },
  }),
  seed('summarize', SummarizeArgument, {
    entryClass: 0,
    selector: { childEntries: true, ...numbers(1, 9) },
    summaryRequests: ['2.6.4.3.15', '2.6.4.3.31', '2.6.4.3.27'],
  }),
  seed('fetch', FetchArgument, {
    entryClass: 0,
    item: { kind: 'precise', value: 2 },
    requestedAttributes: asked,
  }),
  seed('fetch', FetchArgument, {
    entryClass: 0,
    item: {
      kind: 'search',
      value: {
        ...whole,
        override: new Set(['overrideEitsRestriction'] as const),
      },
    },
    requestedAttributes: asked,
  }),
  seed('delete', DeleteArgument, {
    entryClass: 0,
    items: { kind: 'sequenceNumbers', value: [1, 2, 4] },
  }),
  seed('delete', DeleteArgument, {
    entryClass: 0,
    items: { kind: 'selector', value: { childEntries: false, filter } },
  }),
  seed('modify', ModifyArgument, {
    entryClass: 0,
    entries: { kind: 'specificEntries', value: [1, 2] },
    modifications: [
      loose({ kind: 'addAttribute', value: { type: NOTES, values: [teletex('x')] } }),
      strict({ kind: 'addValues', value: { type: NOTES, values: [{ value: teletex('y') }] } }),
      loose({ kind: 'removeValues', value: { type: NOTES, values: [{ position: 1 }] } }),
      strict({ kind: 'removeAttribute', value: '2.6.4.3.56' }),
    ],
  }),
  seed('modify', ModifyArgument, {
    entryClass: 0,
    entries: { kind: 'specificEntries', value: [1, 3] },
    modifications: [
      loose({ kind: 'removeAttribute', value: STATUS }),
      loose({ kind: 'addAttribute', value: { type: STATUS, values: [int(1)] } }),
    ],
  }),
  seed('modify', ModifyArgument, {
    entryClass: 3,
    entries: { kind: 'selector', value: { childEntries: true, filter } },
    modifications: [
      loose({ kind: 'addAttribute', value: { type: NOTES, values: [teletex('z')] } }),
    ],
  }),
  seed('register-ms', RegisterMsArgument, {
    autoActionRegistrations: [autoAlert(1, { filter, requestedAttributes: [{ type: SUBJECT }] })],
    autoActionDeregistrations: [{ autoActionType: '2.6.4.4.1', registrationIdentifier: 2 }],
    listAttributeDefaults: [SUBJECT],
    fetchAttributeDefaults: everything,
    userSecurityLabels: [{ securityClassification: 1, privacyMark: 'x' }],
  }),
  seed('register-ms', RegisterMsArgument, {
    uaRegistrations: [{ uaRegistrationIdentifier: 'ua', listAttributeDefaults: [SUBJECT] }],
    messageGroupRegistrations: [
      { kind: 'registerGroup', value: { messageGroupName: ['a'] } },
      { kind: 'deregisterGroup', value: ['a'] },
    ],
    registrationStatusRequest: { registrations: new Set(['uaRegistrations'] as const) },
    changeCredentials: { oldCredentials: simple('wrong'), newCredentials: simple('') },
  }),
  ['message-delivery', deliveryOf('fuzz', { content: F1_CONTENT.n1('fuzz') })],
  ['message-delivery', deliveryOf('fuzz', { content: F1_CONTENT.n2('fuzz') })],
  ['message-delivery', deliveryOf('fuzz', { content: F1_CONTENT.n6('fuzz') })],
  [
    'message-delivery',
    deliveryOf('fuzz', {
      content: F1_CONTENT.n7('fuzz'),
      contentType: '1.3.26.0.4406.0.4.1',
    }),
  ],
  [
    'report-delivery',
    composeReport({
      recipient: addressOf('x'),
      outcome: 'delivery',
      contentType: '2.6.1.10.1',
      returnedContent: F1_CONTENT.n2('fuzz'),
    }),
  ],
];
