/**
 * The messages and reports of the demo and the tests. The same octets every time: no clock, no
 * chance. The committed files under fixtures/ are these, and a test holds the two together.
 *
 * Source: ours.
 */
import type { Oid } from '../asn1/primitive.js';
import { octetsOfLatin1 } from '../base/octets.js';
import { seededRandom } from '../base/random.js';
import { orNameOf } from '../client/address.js';
import { CONTENT_TYPE, composeInterchange, composeMessage, type Part } from '../client/content.js';
import { composeReport, type ReportInput } from '../client/envelope.js';
import type { Priority } from '../x411/envelope-parts.js';
import { type AtsPriority, formatAtsText } from '../x420/ats.js';
import { ia5TextPart } from '../x420/body-part.js';
import { composeIpm, militaryExtensions } from '../x420/compose.js';
import { MMHS_PRECEDENCE } from '../x420/military.js';
import { FLIGHT_PLAN, INTERCHANGE, NOTAM } from './texts.js';

/** The file of the large message, in octets. */
export const LARGE_FILE_BYTES = 20 * 1024 * 1024;

export const ORIGINATOR = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=XXAA/CN=XXAAZPZX/';
export const RECIPIENT = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=XXBB/CN=XXBBYFYX/';

/** A message that an MTA delivers. */
export interface Fixture {
  /** Also the name of its file. */
  readonly name: string;
  readonly contentType: Oid;
  readonly priority: Priority;
  readonly content: Uint8Array;
}

/** A report that an MTA delivers. */
export interface ReportFixture {
  /** Also the name of its file. */
  readonly name: string;
  readonly outcome: ReportInput['outcome'];
  /** The argument of report-delivery. */
  readonly argument: Uint8Array;
  /** The same without the content that it returns: what the store keeps as its envelope. */
  readonly envelope: Uint8Array;
  readonly returnedContent: Uint8Array | null;
}

/** 2026-01-01 09:10:00 UTC. */
const NOW_SECONDS = 1_767_258_600;

function p22(
  name: string,
  priority: Priority,
  identifier: string,
  subject: string,
  parts: readonly Part[],
): Fixture {
  const names = { originator: ORIGINATOR, recipients: [RECIPIENT] };
  const content = composeMessage({ ...names, identifier, subject, parts });
  return { name, contentType: CONTENT_TYPE.p22, priority, content };
}

const text = (value: string): Part => ({ kind: 'text', text: value });

/** The basic ATS message service: one text body part with the ATS message header. */
function ats(priority: AtsPriority, filingTime: string, body: string): Part {
  const header = { priority, filingTime, optionalHeadingInformation: null };
  return text(formatAtsText(header, body.replaceAll('\n', '\r\n')));
}

/** A flash message of an exercise, as STANAG 4406 wants its heading. */
function military(): Fixture {
  const content = composeIpm({
    originator: orNameOf(ORIGINATOR),
    identifier: '0001 260101091000Z',
    to: [orNameOf(RECIPIENT)],
    subject: 'Exercise only',
    body: [ia5TextPart('EXERCISE EXERCISE EXERCISE\r\nNO ACTION.\r\n')],
    extensions: militaryExtensions({
      primaryPrecedence: MMHS_PRECEDENCE.flash,
      messageType: { type: 0 },
      extendedAuthorisationInfo: '260101091000Z',
      sics: ['ABC', 'XYZ'],
    }),
  });
  // Flash is urgent in X.411.
  return { name: 'military', contentType: CONTENT_TYPE.p772, priority: 'urgent', content };
}

function interchange(): Fixture {
  const content = composeInterchange({
    originator: ORIGINATOR,
    recipients: [RECIPIENT],
    identifier: 'demo-6',
    interchange: octetsOfLatin1(INTERCHANGE),
  });
  return { name: 'interchange', contentType: CONTENT_TYPE.p35, priority: 'normal', content };
}

/** All that are small enough to be committed. */
export function smallFixtures(): Fixture[] {
  const inner = p22('inner', 'normal', 'demo-0', 'Inner', [text('The message inside.\r\n')]);
  const deliveryTime = new Date(1000 * (NOW_SECONDS - 60));
  return [
    p22('ia5-text', 'normal', 'demo-1', 'Alpha', [text('One line.\r\n')]),
    p22('utf8-text', 'normal', 'demo-2', 'Bravo', [text('Grüße, 世界, мир.\r\n')]),
    p22('forwarded', 'normal', 'demo-3', 'Fwd: Inner', [
      text('See below.\r\n'),
      { kind: 'message', content: inner.content, deliveryTime },
    ]),
    p22('flight-plan', 'normal', 'demo-4', 'FPL RST431', [ats('FF', '010840', FLIGHT_PLAN)]),
    p22('notam', 'non-urgent', 'demo-5', 'NOTAM A0042/26', [ats('GG', '011200', NOTAM)]),
    military(),
    interchange(),
  ];
}

/** A message with a file of 20 MiB. */
export function largeFixture(): Fixture {
  const octets = seededRandom(20).octets(LARGE_FILE_BYTES);
  const file: Part = { kind: 'file', name: 'large.bin', octets };
  return p22('large-file', 'non-urgent', 'demo-7', 'Large', [file]);
}

/** What the MTS says of two messages: one has arrived, one could not and comes back. */
export function reportFixtures(): ReportFixture[] {
  const returnedContent = p22('returned', 'normal', 'demo-8', 'Returned', [
    text('Back.\r\n'),
  ]).content;
  const make = (
    name: string,
    localIdentifier: string,
    outcome: ReportInput['outcome'],
    returned: Uint8Array | null,
  ): ReportFixture => {
    const about = { recipient: RECIPIENT, contentType: CONTENT_TYPE.p22, outcome };
    const input = { ...about, deliveryTime: NOW_SECONDS, localIdentifier };
    const envelope = composeReport(input);
    const argument =
      returned === null ? envelope : composeReport({ ...input, returnedContent: returned });
    return { name, outcome, argument, envelope, returnedContent: returned };
  };
  return [
    make('delivery-report', 'demo.9', 'delivery', null),
    make('non-delivery-report', 'demo.8', 'non-delivery', returnedContent),
  ];
}
