import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Asn1Type, decode, encode } from '../../src/asn1/type.js';
import { formatHex, parseHex } from '../../src/base/octets.js';
import { MtsBindArgument, MtsBindResult } from '../../src/x411/bind.js';
import {
  DeliveryControlArgument,
  SubmissionControlArgument,
  SubmissionControlResult,
} from '../../src/x411/control.js';
import { passwordOctets } from '../../src/x411/credentials.js';
import {
  MessageDeliveryArgument,
  MessageDeliveryResult,
  ReportDeliveryArgument,
} from '../../src/x411/delivery.js';
import { contentTypeOid, eitOids } from '../../src/x411/envelope-parts.js';
import { RefusedOperation } from '../../src/x411/errors.js';
import { ExtensionField, unsupportedCriticalExtension } from '../../src/x411/extension.js';
import { formatMtsIdentifier } from '../../src/x411/identifiers.js';
import { formatOrAddress } from '../../src/x411/or-address-text.js';
import { OrName, orNameOfContents } from '../../src/x411/or-name.js';
import { factsOfDelivery } from '../../src/x411/peek.js';
import {
  ChangeCredentialsArgument,
  Register88Argument,
  RegisterArgument,
  RegisterResult,
} from '../../src/x411/register.js';
import {
  CancelDeferredDeliveryArgument,
  MessageSubmissionArgument,
  MessageSubmissionResult,
  ProbeSubmissionArgument,
} from '../../src/x411/submission.js';

const TYPES = {
  MTSBindArgument: MtsBindArgument,
  MTSBindResult: MtsBindResult,
  MessageSubmissionArgument,
  MessageSubmissionResult,
  ProbeSubmissionArgument,
  SubmissionControlArgument,
  SubmissionControlResult,
  MessageDeliveryArgument,
  MessageDeliveryResult,
  ReportDeliveryArgument,
  DeliveryControlArgument,
  RegisterArgument,
  RegisterResult,
  Register88: Register88Argument,
  ChangeCredentialsArgument,
  RefusedOperation,
  CancelDeferredDeliveryArgument,
  ORName: OrName,
} as unknown as Readonly<Record<string, Asn1Type<unknown>>>;

interface Vector {
  readonly type: string;
  readonly hex: string;
}

const shared = process.env.RESTANTE_SHARED ?? path.resolve('../shared');
const file = path.join(shared, 'protocol/p3-p7-vectors.json');
const hasVectors = existsSync(file);
const vectors: readonly Vector[] = hasVectors
  ? (JSON.parse(readFileSync(file, 'utf8')) as { values: Vector[] }).values
  : [];
const octetsOf = (hex: string) => parseHex(hex) as Uint8Array;
const first = (type: string) => octetsOf(vectors.find((vector) => vector.type === type)?.hex ?? '');

describe.skipIf(!hasVectors)('P3 vectors (skipped without the shared folder)', () => {
  test.each(vectors.map(({ type, hex }, i) => [i, type, hex] as const))(
    '%i %s',
    (_i, type, hex) => {
      const declaration = TYPES[type] as Asn1Type<unknown>;
      expect(formatHex(encode(declaration, decode(declaration, octetsOf(hex))))).toBe(hex);
    },
  );

  test('all vectors are there', () => expect(vectors.length).toBeGreaterThanOrEqual(29));

  test('what a delivery says', () => {
    const argument = first('MessageDeliveryArgument');
    const { otherFields, messageDeliveryIdentifier, content } = decode(
      MessageDeliveryArgument,
      argument,
    );
    expect(contentTypeOid(otherFields.contentType)).toBe('2.6.1.10.1');
    expect(formatMtsIdentifier(messageDeliveryIdentifier)).toBe(
      '[/C=XX/A=ICAO/P=TESTLAND/;MTA1.260101.000001]',
    );
    const eits = otherFields.originalEncodedInformationTypes;
    expect(eits === undefined ? [] : eitOids(eits)).toEqual(['2.6.3.4.2']);
    const facts = factsOfDelivery(argument);
    expect(facts).toEqual({
      recipient: otherFields.thisRecipientName.content,
      contentType: otherFields.contentType,
      contentBytes: content.length,
    });
    const recipient = orNameOfContents(facts?.recipient ?? new Uint8Array(0));
    expect(recipient).toEqual(otherFields.thisRecipientName.value);
    expect(formatOrAddress(recipient)).toMatch(/^\/C=XX\/A=ICAO\//);
    expect(factsOfDelivery(argument.subarray(0, 300))).toBeNull();
    expect(factsOfDelivery(first('ReportDeliveryArgument'))).toBeNull();
  });

  test('a password in either string is the same octets', () => {
    const { initiatorCredentials } = decode(MtsBindArgument, first('MTSBindArgument'));
    expect(passwordOctets(initiatorCredentials)).toEqual(octetsOf('736563726574'));
    const octets = { kind: 'simpleOctets', value: octetsOf('736563726574') } as const;
    expect(passwordOctets(octets)).toEqual(passwordOctets(initiatorCredentials));
  });
});

describe('extension fields', () => {
  test.each([
    // [octets, is the field one that stops a delivery]
    // Proof of delivery: asked for, asked for without weight, and not asked for.
    ['300c80011681020520a2030a0101', true],
    ['3008800116a2030a0101', false],
    ['300c80011681020520a2030a0100', false],
    ['300d800200c881020520a2030a0101', true],
    ['300d800200c881020780a2030a0101', false],
    ['30098303550401 81020520'.replaceAll(' ', ''), true],
    ['3005a003020116', false],
  ])('%s', (hex, stops) => {
    const field = decode(ExtensionField, octetsOf(hex));
    expect(unsupportedCriticalExtension([field], 'for-delivery')).toBe(stops ? field : null);
  });

  test('an explicitly tagged type is understood and goes out implicit', () => {
    const field = decode(ExtensionField, octetsOf('3005a003020116'));
    expect(field.type).toEqual({ kind: 'standard', value: 22 });
    expect(formatHex(encode(ExtensionField, field))).toBe('3003800116');
  });
});
