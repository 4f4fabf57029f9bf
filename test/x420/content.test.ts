import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utcTime } from '../../src/asn1/string.js';
import { implicit } from '../../src/asn1/tagged.js';
import { decode, encode } from '../../src/asn1/type.js';
import { equalOctets, formatHex, octetsOfLatin1 } from '../../src/base/octets.js';
import { CHILD_DEPTH_MAX } from '../../src/limits.js';
import { parseOrAddress } from '../../src/x411/or-address-text.js';
import { keepOrName, type OrName } from '../../src/x411/or-name.js';
import {
  describeBodyPart,
  extendedMessagePart,
  extendedPart,
  FORWARDED_CONTENT_ARC,
  fileTransferPart,
  generalTextPart,
  ia5TextPart,
  messagePart,
} from '../../src/x420/body-part.js';
import {
  composeEdi,
  composeIpm,
  composeIpn,
  contentOfIpm,
  ipmOfContent,
  militaryExtensions,
} from '../../src/x420/compose.js';
import { type ContentDescription, describeContent } from '../../src/x420/content.js';
import { Ipm } from '../../src/x420/heading.js';
import { InformationObject, IPM_CONTENT_TYPE } from '../../src/x420/ipm.js';
import { MILITARY_EXTENSION } from '../../src/x420/military.js';

const { p22, p772 } = IPM_CONTENT_TYPE;

function nameOf(text: string): OrName {
  const parsed = parseOrAddress(text);
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  return parsed.name;
}

const originator = nameOf('/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/CN=TTAAYFYX/');
const to = [nameOf('/C=XX/A=ICAO/P=TESTLAND/O=AFTN/OU1=TTBBZTZX/')];
const message = (body: readonly Uint8Array[], subject = 'a subject') =>
  composeIpm({ originator, identifier: '1 260101120000Z', to, subject, body });

function described(content: Uint8Array, type: string = p22): ContentDescription {
  const description = describeContent(type, content);
  if (description === null) throw new Error('not described');
  return description;
}

describe('body parts both ways', () => {
  const file = octetsOfLatin1('\x00\xff any octets');
  test.each([
    ['ia5-text', ia5TextPart('hello\r\n'), { kind: 'text', text: 'hello\r\n', type: 'ia5-text' }],
    ['ASCII', generalTextPart('hello'), { kind: 'text', text: 'hello', type: 'general-text' }],
    ['Latin-1', generalTextPart('Öl'), { kind: 'text', text: 'Öl', type: 'general-text' }],
    ['UTF-8', generalTextPart('日本 Ö'), { kind: 'text', text: '日本 Ö', type: 'general-text' }],
    ['file', fileTransferPart(file, 'a.bin'), { kind: 'file', name: 'a.bin', octets: file }],
    ['other', extendedPart('1.2.3', Uint8Array.of(5, 0)), { kind: 'other', type: '1.2.3' }],
    ['broken', Uint8Array.of(0xa0, 2, 5, 0), { kind: 'other', type: null }],
    ['garbage', Uint8Array.of(0xa0, 9), { kind: 'other', type: null }],
  ])('%s', (_title, octets, part) => expect(describeBodyPart(octets)).toMatchObject(part));

  test('a file is octet-aligned in its EXTERNAL', () => {
    const inner = `81${file.length.toString(16).padStart(2, '0')}${formatHex(file)}`;
    expect(formatHex(fileTransferPart(file, 'a.bin'))).toContain(inner);
  });

  test('text of any kind', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('\u001b') && !text.startsWith('\ufeff'));
        expect(describeBodyPart(generalTextPart(text))).toMatchObject({ text });
      }),
    );
  });
});

describe('describeContent', () => {
  test('where things are', () => {
    const content = message([ia5TextPart('one'), ia5TextPart('two')]);
    const { kind, subject, heading, body, partCount, children } = described(content);
    expect([kind, partCount, children]).toEqual(['ipm', 2, []]);
    expect(formatHex(subject ?? content)).toBe(`1409${formatHex(octetsOfLatin1('a subject'))}`);
    expect(heading[0]).toBe(0x31);
    expect(body?.[0]).toBe(0x30);
    expect(heading.buffer).toBe(content.buffer);
    const object = decode(InformationObject, content);
    expect(equalOctets(encode(InformationObject, object), content)).toBe(true);
  });

  const inner = message([ia5TextPart('inner')], 'inner');
  const deliveryTime = '260101120000Z';
  const envelope = { deliveryTime, deliveryEnvelope: Uint8Array.of(0x80, 1, 22) };
  const forwardedContent = (type: string) =>
    extendedPart(FORWARDED_CONTENT_ARC + type, Uint8Array.of(4, 0x81, inner.length, ...inner));
  test.each([
    ['message', messagePart(ipmOfContent(inner), envelope), true],
    ['extended message', extendedMessagePart('message', ipmOfContent(inner), envelope), true],
    ['mm-message', extendedMessagePart('mmMessage', ipmOfContent(inner), envelope), true],
    ['forwarded content', forwardedContent(p22), false],
    ['forwarded content as it is', extendedPart(FORWARDED_CONTENT_ARC + p772, inner), false],
  ])('%s within a message', (_title, part, hasEnvelope) => {
    const content = message([ia5TextPart('covering'), part]);
    const [child, ...more] = described(content).children;
    expect(more).toEqual([]);
    expect(child?.bodyPartNumber).toBe(2);
    const [offset, length] = child?.ipmRange ?? [0, 0];
    const ipm = content.subarray(offset, offset + length);
    expect(formatHex(contentOfIpm(ipm))).toBe(formatHex(inner));
    expect(formatHex(child?.description.subject ?? inner)).toBe('1405696e6e6572');
    if (!hasEnvelope) return;
    const time = child?.deliveryTime ?? inner;
    expect(decode(implicit(0, utcTime), time)).toBe(deliveryTime);
    expect(formatHex(child?.deliveryEnvelope ?? inner)).toBe('800116');
  });

  test('a message that is not of a known type is no child', () => {
    const content = message([forwardedContent('2.6.7.10.0'), messagePart(Uint8Array.of(5, 0))]);
    expect(described(content)).toMatchObject({ partCount: 2, children: [] });
  });

  test('depth is bounded', () => {
    let content = inner;
    for (let i = 0; i < CHILD_DEPTH_MAX + 2; i += 1) {
      content = message([messagePart(ipmOfContent(content))]);
    }
    let depth = 0;
    let at: ContentDescription | undefined = described(content);
    for (at = at.children[0]?.description; at !== undefined; at = at.children[0]?.description) {
      depth += 1;
    }
    expect(depth).toBe(CHILD_DEPTH_MAX);
  });

  test('a notification', () => {
    const content = composeIpn({
      subjectIpm: { user: keepOrName(originator), userRelativeIdentifier: '1' },
      fields: { kind: 'receipt', value: { receiptTime: deliveryTime, acknowledgmentMode: 1 } },
    });
    expect(described(content)).toMatchObject({ kind: 'rn', subject: null, partCount: 0 });
    expect(formatHex(encode(InformationObject, decode(InformationObject, content)))).toBe(
      formatHex(content),
    );
  });

  test('other types and garbage are null', () => {
    const edi = composeEdi({
      originator,
      identifier: '1',
      to,
      interchange: octetsOfLatin1("UNB'"),
    });
    expect(edi[0]).toBe(0xa0);
    expect(describeContent('2.6.7.10.0', edi)).toMatchObject({ kind: null, partCount: 1 });
    expect(describeContent('2.6.7.10.0', edi.subarray(0, 40))).toBeNull();
    expect(describeContent(p22, edi)).toBeNull();
    expect(describeContent('2.6.3.3.0', inner)).toBeNull();
    expect(describeContent(p22, inner.subarray(1))).toBeNull();
    expect(describeContent(p22, inner.subarray(0, 40))).toBeNull();
    fc.assert(
      fc.property(fc.nat(inner.length - 1), fc.nat(255), (at, octet) => {
        const broken = Uint8Array.from(inner);
        broken[at] = octet;
        describeContent(p22, broken);
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (octets) => void describeContent(p22, octets)));
  });

  test('what makes a military message', () => {
    const extensions = militaryExtensions({ primaryPrecedence: 3, sics: ['ABC'] });
    const content = composeIpm({ originator, identifier: '1', body: [], extensions });
    const ipm = decode(Ipm, ipmOfContent(content));
    expect(ipm.heading.extensions.map(({ type }) => type)).toEqual([
      MILITARY_EXTENSION.primaryPrecedence,
      MILITARY_EXTENSION.distributionCodes,
    ]);
  });
});

const shared = process.env.RESTANTE_SHARED ?? path.resolve('../shared');
const capture = path.join(shared, 'samples/p772-transfer-success.pcap');
describe.skipIf(!existsSync(capture))('a P772 capture (skipped without the shared folder)', () => {
  const captured = () => {
    const packets = readFileSync(capture);
    // The content's octet string, behind the session's segment it came in.
    const at = packets.indexOf(Buffer.from('048201b7048201b3a080', 'hex'));
    if (at < 0) throw new Error('the capture is another one');
    return Uint8Array.from(packets.subarray(at + 8, at + 8 + 0x1b3));
  };

  test('is described', () => {
    const { subject, partCount, body } = described(captured(), p772);
    expect(Buffer.from(subject ?? []).toString('latin1')).toBe('\x14\x0cP772 Message');
    expect(partCount).toBe(1);
    expect(body?.length).toBeGreaterThan(10);
  });

  test('is decoded, extensions and text', () => {
    const object = decode(InformationObject, captured());
    if (object.kind !== 'ipm') throw new Error(object.kind);
    const { heading, body } = object.value;
    const precedence = heading.extensions.find(
      ({ type }) => type === MILITARY_EXTENSION.primaryPrecedence,
    );
    expect(formatHex(precedence?.value ?? new Uint8Array(0))).toBe('020103');
    expect(heading.extensions).toHaveLength(6);
    expect(describeBodyPart(body[0] ?? new Uint8Array(0))).toMatchObject({ text: 'hello\r\n' });
  });
});
