/** Source: the worked encodings of docs on the P7 operations; and near misses of each rule. */
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import { AlertArgument } from '../../src/x413/alert.js';
import { MsBindArgument, MsBindError88, MsBindResult } from '../../src/x413/bind.js';
import { DeleteArgument } from '../../src/x413/delete.js';
import {
  AttributeErrorParameter,
  attributeError,
  DeleteErrorParameter,
  deleteError,
  FetchRestrictionErrorParameter,
  fetchRestrictionError,
  invalidParametersError,
  msErrorOf,
  msSecurityError,
  rangeError,
  SequenceNumberErrorParameter,
  sequenceNumberError,
  serviceError,
} from '../../src/x413/errors.js';
import { FetchArgument } from '../../src/x413/fetch.js';
import { Filter } from '../../src/x413/filter.js';
import { ListArgument, ListResult } from '../../src/x413/list.js';
import { RegisterMsArgument } from '../../src/x413/register.js';
import { Selector } from '../../src/x413/selector.js';
import { SummarizeArgument, SummarizeResult } from '../../src/x413/summarize.js';

const octets = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');

const WORKED = [
  [
    'bind argument',
    MsBindArgument,
    '312F601E301C6104130258586205130341444DA20513035052 56A506800455736572A2081606736563726574A5030101FF',
  ],
  [
    'bind result',
    MsBindResult,
    '312DA2021600A30E310C06045604040006045604040 1A5030101FFA6123110060456010A0106082B1A00A236000401',
  ],
  [
    'list argument',
    ListArgument,
    '3139A1233121A109A0073005A003020103A20FA00DA00B3009060456 04030F020100A303020132A3123110310606045604031F3106060456010704',
  ],
  [
    'list result',
    ListResult,
    '312EA12C302A3023020103311E300B06045604031F3003470102300F0604560107043007140541 6C7068613003020105',
  ],
  ['summarize argument', SummarizeArgument, '310EA1023100A2083006060456 04030F'],
  [
    'summarize result',
    SummarizeResult,
    '3139A103020107A20C300AA003020101A10302010CA32430223120A11E311C300C06045604030F020100020104300C06045604030F020102020103',
  ],
  ['fetch precise', FetchArgument, '3119A203020103A31231103106060456040301310606045604 0312'],
  [
    'fetch search with override',
    FetchArgument,
    '3126A1183116A10EA00C300AA003020103A103020103A404030205E0A30A310831060604 56040301',
  ],
  ['delete argument', DeleteArgument, '310AA2083106020103020105'],
  ['delete-error', DeleteErrorParameter, '3110A00E310C310AA003020101A103020105'],
  ['sequence-number-error', SequenceNumberErrorParameter, '3110A10E310C310AA003020100A103020163'],
  ['attribute-error', AttributeErrorParameter, '3113A011310F310DA003020102A10606045604031F'],
  [
    'fetch-restriction-error',
    FetchRestrictionErrorParameter,
    '3113A011310F310DA303020101A006060456010A01',
  ],
  [
    'register-MS argument',
    RegisterMsArgument,
    '3142A030312E302C060456040401A003020103A11F311DA00FA00DA00B300906045604031F470102A20A31083106060456010704A20E310C06045604031F060456010704',
  ],
  [
    'alert argument',
    AlertArgument,
    '311EA003020103A217301502010831103 00E06045601070430061404 42657461',
  ],
] as const;

describe('worked encodings', () => {
  test.each(WORKED)('%s comes back to the octet', (_name, type, text) => {
    const wire = octets(text);
    const value = decode(type as never, wire);
    expect(hex(encode(type as never, value))).toBe(hex(wire));
  });

  test('list argument is read as what it says', () => {
    const value = decode(ListArgument, octets(WORKED[2][2]));
    expect(value.entryClass).toBe(0);
    expect(value.selector.limit).toBe(50);
    expect(value.selector.range).toEqual({ kind: 'sequenceNumberRange', value: { from: 3 } });
    expect(value.selector.filter).toMatchObject({
      kind: 'item',
      value: { kind: 'equality', value: { type: '2.6.4.3.15' } },
    });
    expect(value.requestedAttributes).toEqual([{ type: '2.6.4.3.31' }, { type: '2.6.1.7.4' }]);
  });

  test('override is read as three bits', () => {
    const { item } = decode(FetchArgument, octets(WORKED[7][2]));
    expect(item.kind === 'search' && item.value.override?.size).toBe(3);
  });
});

describe('the IMPLICIT form of some peers', () => {
  test.each([
    ['precise', FetchArgument, '3103820105', '3105A203020105'],
    ['sequence-numbers', DeleteArgument, '3108A206020103020105', '310AA2083106020103020105'],
    ['limit', Selector, '310383010A', '3105A30302010A'],
    ['present', Filter, 'A006840456040315', 'A008A406060456040315'],
  ] as const)('%s', (_name, type, implicit, explicit) => {
    const value = decode(type as never, octets(implicit));
    expect(hex(encode(type as never, value))).toBe(explicit.toLowerCase());
  });
});

describe('members of 1994', () => {
  test('are seen where an operation of 1988 has none', () => {
    const value = decode(ListArgument, octets('310AA1023100A40430020500'));
    expect(value.extensions).toHaveLength(1);
  });
  test('other-match is seen', () => {
    const value = decode(
      Filter,
      octets('A01AA6183016A006060456040803A10606045604031FA204020200 01'),
    );
    expect(value).toMatchObject({ kind: 'item', value: { kind: 'otherMatch' } });
  });
});

describe('refused', () => {
  test.each([
    ['fetch without item', FetchArgument, '3100'],
    ['limit of zero', Selector, '3105A303020100'],
    ['filter without a choice', Filter, 'A400'],
    ['summarize without selector', SummarizeArgument, '3100'],
    ['bind error of no known number', MsBindError88, '0A0109'],
  ] as const)('%s', (_name, type, text) => {
    expect(() => decode(type as never, octets(text))).toThrow(/asn1/);
  });
});

describe('errors as they are sent', () => {
  test.each([
    [
      'attribute',
      attributeError([{ problem: 'inappropriate-matching', type: '2.6.4.3.31' }]),
      21,
      '3113a011310f310da003020102a10606045604031f',
    ],
    [
      'delete',
      deleteError([{ problem: 'delete-restriction-problem', sequenceNumber: 5 }]),
      23,
      '3110a00e310c310aa003020101a103020105',
    ],
    [
      'fetch-restriction',
      fetchRestrictionError([{ kind: 'contentType', value: '2.6.1.10.1' }]),
      24,
      '3113a011310f310da303020101a006060456010a01',
    ],
    ['range', rangeError(), 25, '3105a003020100'],
    ['security of 1988', msSecurityError(21, '88'), 26, '020115'],
    ['security of 1994', msSecurityError(21, '94'), 12, '020115'],
    ['service', serviceError('unwilling-to-perform'), 27, '3105a003020102'],
    ['sequence-number', sequenceNumberError([99]), 28, '3110a10e310c310aa003020100a103020163'],
    ['invalid-parameters', invalidParametersError(), 29, null],
  ] as const)('%s', (_name, refusal, code, parameter) => {
    const error = msErrorOf(refusal);
    expect(error?.code).toBe(code);
    expect(hex(error?.parameter ?? null)).toBe(parameter);
  });
  test('what is no refusal has no wire form', () => {
    expect(msErrorOf(new Error('no'))).toBeNull();
  });
});
