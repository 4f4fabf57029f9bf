/**
 * Wireshark reads every attribute that it knows, of every kind of entry, without a complaint. But for
 * those of extended body parts: it takes their types for those of the body parts themselves, whose
 * values are not under the [0] of an attribute.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeReport } from '../../src/client/index.js';
import { attributesOf } from '../../src/x413/attribute-table.js';
import { EXTENDED_BODY_PART_ATTRIBUTES } from '../../src/x413/attributes-extended.js';
import {
  fileTransferPart,
  generalTextPart,
  ia5TextPart,
  messagePart,
} from '../../src/x420/body-part.js';
import { ipmOfContent, militaryExtensions } from '../../src/x420/compose.js';
import { type Bench, conformanceBench } from '../support/conformance.js';
import { deliver, F1_CONTENT, ipm, mtaLink, orName } from '../support/fixture-f1.js';
import { P7User } from '../support/p7-user.js';
import { type Segment, writePcap } from '../support/pcap.js';
import { startProxy } from '../support/proxy.js';
import { addressOf } from '../support/server.js';
import { dissect, HAS_TSHARK, WHY_WITHOUT_TSHARK } from '../support/tshark.js';

/** It has no dissector for the types of body parts, notifications, military and EDI attributes. */
const isGrave = (complaint: string) =>
  /[a-z]/i.test(complaint) &&
  !/Dissector for OID not implemented|Contact Wireshark/.test(complaint);

/** Of values that are made and not copied, or put under other tags. */
const READ = [
  'IPMSynopsis: 4 items',
  'this-child-entry: 2',
  'pathname: incomplete-pathname (0)',
  'attribute-type: 2.6.1.13.18 (id-cat-recipient-category)',
  'attribute-type: 2.6.4.3.71 (id-att-recipient-names)',
  'MessageDeliveryEnvelope',
  'ReportDeliveryEnvelope',
];

/** Abstract syntaxes of 1994, which the decoder does not know, and the same of 1988. */
const SYNTAXES = [
  ['5600020d', '56000201'],
  ['5600020f', '56000205'],
  ['56000210', '56000206'],
  ['56000211', '56000209'],
] as const;

function as88({ from, octets }: Segment): Segment {
  const hex = SYNTAXES.reduce(
    (text, [later, earlier]) => text.replaceAll(later, earlier),
    Buffer.from(octets).toString('hex'),
  );
  return { from, octets: Buffer.from(hex, 'hex') };
}

describe.skipIf(!HAS_TSHARK)(`an independent decoder of attributes${WHY_WITHOUT_TSHARK}`, () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(1);
  });
  afterAll(() => bench.dispose());

  test('reads them all', async () => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    const inner = ipm(mailbox, { identifier: 'inner', subject: 'Inner' });
    const body = [
      ia5TextPart('one'),
      generalTextPart('Öl'),
      fileTransferPart(Uint8Array.of(1, 2, 3), 'a.bin'),
      messagePart(ipmOfContent(inner), { deliveryTime: '260101120000Z' }),
    ];
    const rich = ipm(mailbox, {
      identifier: 'rich',
      subject: 'Rich',
      copy: [orName(addressOf('copy'))],
      notificationRequests: [0, 1, 2],
      precedence: 71,
      body,
    });
    await deliver(mta, mailbox, { content: rich, priority: 'urgent', contentIdentifier: 'CID 1' });
    await deliver(mta, mailbox, { content: F1_CONTENT.n6(mailbox) });
    const extensions = militaryExtensions({
      primaryPrecedence: 4,
      copyPrecedence: 1,
      extendedAuthorisationInfo: '260101091500Z',
      sics: ['ABC', 'XYZ'],
      messageInstructions: ['ZEN'],
    });
    const military = ipm(mailbox, { identifier: 'mm', subject: 'Gamma', extensions });
    await deliver(mta, mailbox, { content: military, contentType: '1.3.26.0.4406.0.4.1' });
    const fixture = new URL('../../fixtures/interchange.ber', import.meta.url);
    await deliver(mta, mailbox, { content: readFileSync(fixture), contentType: '2.6.7.10.0' });
    await mta.report(
      composeReport({
        recipient: addressOf('elsewhere'),
        outcome: 'non-delivery',
        contentType: '2.6.1.10.1',
        returnedContent: inner,
      }),
    );
    await mta.unbind();
    const proxy = await startProxy(bench.server.port);
    const server = { ...bench.server, port: proxy.port };
    const user = await P7User.bind(server, mailbox, { edition: '94' });
    const asked = attributesOf('94').filter((one) => !EXTENDED_BODY_PART_ATTRIBUTES.includes(one));
    const types = asked.map(({ oid }) => oid);
    const { numbers } = await user.list({ childEntries: true });
    let count = 0;
    for (const number of numbers) {
      const { entryInformation } = await user.fetch(number, types);
      count += entryInformation?.attributes?.length ?? 0;
    }
    await user.unbind();
    await proxy.close();
    const { complaints, text } = dissect(
      writePcap(proxy.segments.map(as88), proxy.port),
      proxy.port,
    );
    const grave = complaints.flatMap((line) => line.split(/\t|,/)).filter(isGrave);
    expect(grave).toEqual([]);
    expect(count).toBeGreaterThan(150);
    for (const read of READ) expect(text).toContain(read);
  });
});
