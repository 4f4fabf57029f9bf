import { describe, expect, test } from 'vitest';
import { decode } from '../../src/asn1/type.js';
import { parseHex } from '../../src/base/octets.js';
import { changedGroups } from '../../src/shard/message-groups.js';
import {
  defaultsOf,
  NO_REGISTRATIONS,
  packRegistrations,
  type Registrations,
  unpackRegistrations,
} from '../../src/shard/registrations.js';
import { MessageGroupErrorParameter } from '../../src/x413/registration-errors.js';

const FULL: Registrations = {
  autoActions: [
    { type: '2.6.4.4.1', identifier: 3, parameter: Uint8Array.of(0x31, 0) },
    { type: '2.6.4.4.1', identifier: 4, parameter: null },
  ],
  defaults: { list: ['2.6.1.7.4'], fetch: ['2.6.4.3.1', '2.6.4.3.31'] },
  userAgents: [
    { identifier: 'ua', list: [], fetch: ['2.6.4.3.1'], submission: Uint8Array.of(0x31, 0) },
  ],
  submissionDefaults: Uint8Array.of(0x31, 0),
  messageGroups: [{ name: ['a', 'b'], descriptor: 'both' }],
  passwordHash: 'scrypt$…',
  userSecurityLabels: [Uint8Array.of(0x31, 0)],
  isAlertPending: true,
  marks: new Map([[7, new Map([['2.6.4.3.58', [Uint8Array.of(0x1b, 1, 65)]]])]]),
};

describe('registrations', () => {
  test.each([FULL, NO_REGISTRATIONS])('come back as they were', (registrations) => {
    const unpacked = unpackRegistrations(packRegistrations(registrations));
    // Octets are windows on a Buffer; what counts is what is in them.
    expect(JSON.parse(JSON.stringify(packed(unpacked)))).toEqual(packed(registrations));
  });

  test('a member that an older version did not have is empty', () => {
    // { format: 1, passwordHash: "x" }
    const octets = parseHex(
      '82 a6 666f726d6174 01 ac 70617373776f726448617368 a1 78',
    ) as Uint8Array;
    expect(unpackRegistrations(octets)).toEqual({ ...NO_REGISTRATIONS, passwordHash: 'x' });
  });

  test.each(['c0', '01', '80', '81a6666f726d617402', 'a178'])('%s is damage', (hex) => {
    expect(() => unpackRegistrations(parseHex(hex) as Uint8Array)).toThrow(
      /registrations-unreadable/,
    );
  });

  test('octets that are no msgpack are damage', () => {
    for (const hex of ['', 'c1', '82a6', 'dfffffffff']) {
      expect(() => unpackRegistrations(parseHex(hex) as Uint8Array)).toThrow(
        /registrations-unreadable/,
      );
    }
  });

  test('the defaults of a known user agent go before the general ones', () => {
    expect(defaultsOf(FULL, 'ua')).toMatchObject({ list: [], fetch: ['2.6.4.3.1'] });
    const half = {
      ...FULL,
      userAgents: [{ identifier: 'ua', list: null, fetch: [], submission: null }],
    };
    expect(defaultsOf(half, 'ua')).toEqual({ list: FULL.defaults.list, fetch: [] });
    expect(defaultsOf(FULL, 'other')).toBe(FULL.defaults);
    expect(defaultsOf(FULL, null)).toBe(FULL.defaults);
  });
});

const packed = (registrations: Registrations) =>
  JSON.parse(
    JSON.stringify(registrations, (_key, value) => {
      const isOctets = value instanceof Uint8Array || value?.type === 'Buffer';
      return isOctets ? Buffer.from(value.data ?? value).toString('hex') : value;
    }),
  );

describe('message groups', () => {
  const group = (...name: string[]) => ({ messageGroupName: name });
  const register = (...name: string[]) =>
    ({ kind: 'registerGroup', value: group(...name) }) as const;
  const deregister = (...name: string[]) => ({ kind: 'deregisterGroup', value: name }) as const;
  const names = (...registrations: Parameters<typeof changedGroups>[1]) =>
    changedGroups([], registrations, new Set()).map(({ name }) => name.join('/'));
  const problem = (...registrations: Parameters<typeof changedGroups>[1]) => {
    try {
      changedGroups([], registrations, new Set());
    } catch (error) {
      const { parameter } = (error as { parameter: { parameter: Uint8Array } }).parameter;
      return decode(MessageGroupErrorParameter, parameter).problem;
    }
    return 'none';
  };

  test('grow from the outside in, and go from the inside out', () => {
    expect(names(register('a'), register('a', 'b'), register('c'))).toEqual(['a', 'a/b', 'c']);
    expect(names(register('a'), register('a', 'b'), deregister('A', 'B'))).toEqual(['a']);
  });

  test.each([
    ['name-not-registered', 0, [deregister('a')]],
    ['name-already-registered', 1, [register('a'), register(' A ')]],
    ['parent-not-registered', 2, [register('a', 'b')]],
    ['child-group-registered', 5, [register('a'), register('a', 'b'), deregister('a')]],
    ['group-depth-exceeded', 6, [register(...Array.from({ length: 65 }, () => 'x'))]],
  ] as const)('%s', (_name, number, registrations) => {
    expect(problem(...registrations)).toBe(number);
  });

  test('a descriptor is changed, of a group that there is', () => {
    const described = { messageGroupName: ['a'], messageGroupDescriptor: 'first' };
    const change = { kind: 'changeDescriptors', value: described } as const;
    expect(changedGroups([], [register('a'), change], new Set())).toEqual([
      { name: ['a'], descriptor: 'first' },
    ]);
    expect(problem(change)).toBe(0);
  });
});
