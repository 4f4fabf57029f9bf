/** Contents that others made, delivered over P3 and fetched over P7: the same octets come out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { octetString } from '../../src/asn1/primitive.js';
import { readElement } from '../../src/asn1/reader.js';
import { context, TAG } from '../../src/asn1/tag.js';
import { decode } from '../../src/asn1/type.js';
import { composeDelivery, MtaLink, UserAgent } from '../../src/client/index.js';
import { decodeData } from '../../src/osi/presentation/ppdu.js';
import { decodeSpdu } from '../../src/osi/session/spdu.js';
import { parseOrAddress } from '../../src/x411/or-address-text.js';
import { fileTransferPart, ia5TextPart } from '../../src/x420/body-part.js';
import { composeEdi, composeIpm } from '../../src/x420/compose.js';
import { readPcap } from '../support/pcap.js';
import {
  addressOf,
  MTA_NAME,
  MTA_PASSWORD,
  type TestServer,
  testServer,
  USER_PASSWORD,
} from '../support/server.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';
import { tsdusOf } from '../support/wire.js';

const MAILBOX = 'samples';
const CONTENT = '2.6.4.3.1';
const CONTENT_TYPE = { p22: '2.6.1.10.1', p35: '2.6.7.10.0', p772: '1.3.26.0.4406.0.4.1' };
const EDI = [
  'baplie-test',
  'invoic_d93a_una',
  'invoic_d97b',
  'invoic_d97b_una',
  'order',
  'orders-with-group',
  'pnrgov',
  'sample837-original',
  'simple810',
  'wrapped_invoic_d97b',
];

/** SI of DT. */
const DATA = 1;

const nameOf = (address: string) => {
  const parsed = parseOrAddress(address);
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  return parsed.name;
};
const ORIGINATOR = nameOf(addressOf('sender'));

/**
 * The content of the message in a P1 transfer over RTSE: user data of the activity, put together,
 * is an EXTERNAL around the MTS-APDU, which for a message is [0] { envelope SET, content }.
 */
function transferredContent(): Uint8Array {
  const initiator = readPcap(readShared('samples/p772-transfer-success.pcap'), 1)
    .filter(({ from }) => from === 'initiator')
    .map(({ octets }) => octets);
  const segments = tsdusOf(Buffer.concat(initiator)).flatMap((tsdu) => {
    const first = decodeSpdu(tsdu);
    const { si, rest } = first.rest.length === 0 ? first : decodeSpdu(first.rest);
    if (si !== DATA) return [];
    return decodeData(rest).map(({ data }) => decode(octetString(), data));
  });
  const external = readElement(Buffer.concat(segments)).children();
  expect(external.next()?.tag).toBe(TAG.integer);
  const message = external.next()?.children().next();
  expect(message?.tag).toBe(context(0));
  const fields = message?.children();
  expect(fields?.next()?.tag).toBe(TAG.set);
  const content = fields?.next();
  if (content === null || content === undefined) throw new Error('the capture is another one');
  return octetString().decode(content);
}

describe.skipIf(!HAS_SHARED)(`what others made${WHY_SKIPPED}`, () => {
  let server: TestServer;
  let mta: MtaLink;
  let user: UserAgent;
  beforeAll(async () => {
    server = await testServer([MAILBOX]);
    await server.start();
    const where = { host: '127.0.0.1', port: server.port };
    mta = await MtaLink.connect({ ...where, name: MTA_NAME, password: MTA_PASSWORD });
    const address = addressOf(MAILBOX);
    user = await UserAgent.connect({ ...where, address, password: USER_PASSWORD });
  });
  afterAll(async () => {
    await Promise.all([mta?.unbind(), user?.unbind()]);
    await server.dispose();
  });

  async function passes(contentType: string, content: Uint8Array): Promise<void> {
    const recipient = addressOf(MAILBOX);
    const originator = addressOf('sender');
    await mta.deliver(composeDelivery({ recipient, originator, contentType, content }));
    const { entries } = await user.list({ status: 'new', attributes: ['2.6.4.3.31'] });
    const sequence = entries.at(-1)?.sequence ?? 0;
    const { entry } = await user.fetch({ sequence, attributes: [CONTENT] });
    const [value] = entry?.attributes.get(CONTENT) ?? [];
    if (value === undefined) throw new Error('no content came');
    expect(Buffer.compare(decode(octetString(), value), content)).toBe(0);
  }

  test('the P772 message out of a P1 transfer', async () => {
    const content = transferredContent();
    expect(content).toHaveLength(0x1b3);
    await passes(CONTENT_TYPE.p772, content);
  });

  test.each(EDI)('%s as P35', async (name) => {
    const interchange = readShared(`samples/edi/${name}.edi`);
    const to = [nameOf(addressOf(MAILBOX))];
    const content = composeEdi({ originator: ORIGINATOR, identifier: name, to, interchange });
    expect(Buffer.from(content).includes(interchange)).toBe(true);
    await passes(CONTENT_TYPE.p35, content);
  });

  test.each(EDI)('%s as a body part of P22: text, and file', async (name) => {
    const interchange = readShared(`samples/edi/${name}.edi`);
    const body = [
      ia5TextPart(interchange.toString('latin1')),
      fileTransferPart(interchange, `${name}.edi`),
    ];
    const content = composeIpm({ originator: ORIGINATOR, identifier: name, body });
    expect(Buffer.from(content).includes(interchange)).toBe(true);
    await passes(CONTENT_TYPE.p22, content);
  });
});
