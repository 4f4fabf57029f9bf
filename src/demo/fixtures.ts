/**
 * The messages and reports of the demo and the tests. The same octets every time: no clock, no
 * chance. The committed files under fixtures/ are these, and a test holds the two together.
 *
 * Source: ours.
 */
import type { Oid } from '../asn1/primitive.js';
import { seededRandom } from '../base/random.js';
import type { Priority } from '../x411/envelope-parts.js';
import {
  atsText,
  edim,
  filePart,
  type IpmInput,
  ia5Part,
  informationObject,
  messagePart,
  militaryExtensions,
  utf8Part,
} from './contents.js';
import { FLIGHT_PLAN, INTERCHANGE, NOTAM } from './texts.js';

const P22: Oid = '2.6.1.10.1';
const P35: Oid = '2.6.7.10.0';
const P772: Oid = '1.3.26.0.4406.0.4.1';

/** The file of the large message, in octets. */
export const LARGE_FILE_BYTES = 20 * 1024 * 1024;

export const ORIGINATOR = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=XXAA/CN=XXAAZPZX/';
export const RECIPIENT = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=XXBB/CN=XXBBYFYX/';

export interface Fixture {
  /** Also the name of its file. */
  readonly name: string;
  readonly contentType: Oid;
  readonly priority: Priority;
  readonly content: Uint8Array;
}

function ipm(identifier: string, subject: string, parts: readonly Uint8Array[]): IpmInput {
  return { originator: ORIGINATOR, recipient: RECIPIENT, identifier, subject, parts };
}

const p22 = (name: string, priority: Priority, input: IpmInput): Fixture => ({
  name,
  contentType: P22,
  priority,
  content: informationObject(input),
});

/** All that are small enough to be committed. */
export function smallFixtures(): Fixture[] {
  const inner = ipm('demo-0', 'Inner', [ia5Part('The message inside.\r\n')]);
  const flash = militaryExtensions('260101091500Z', ['ABC', 'XYZ']);
  const military = ipm('0001 260101091500Z', 'Exercise only', [ia5Part('EXERCISE.\r\n')]);
  return [
    p22('ia5-text', 'normal', ipm('demo-1', 'Alpha', [ia5Part('One line.\r\n')])),
    p22('utf8-text', 'normal', ipm('demo-2', 'Bravo', [utf8Part('Grüße, 世界, мир.\r\n')])),
    p22(
      'forwarded',
      'normal',
      ipm('demo-3', 'Fwd: Inner', [ia5Part('See below.\r\n'), messagePart(inner)]),
    ),
    p22(
      'flight-plan',
      'normal',
      ipm('demo-4', 'FPL RST431', [ia5Part(atsText('FF', '010840', FLIGHT_PLAN))]),
    ),
    p22(
      'notam',
      'non-urgent',
      ipm('demo-5', 'NOTAM A0042/26', [ia5Part(atsText('GG', '011200', NOTAM))]),
    ),
    {
      name: 'military',
      contentType: P772,
      priority: 'urgent',
      content: informationObject({ ...military, extensions: flash }),
    },
    {
      name: 'interchange',
      contentType: P35,
      priority: 'normal',
      content: edim(ORIGINATOR, 'demo-6', INTERCHANGE),
    },
  ];
}

/** A message with a file of 20 MiB. */
export function largeFixture(): Fixture {
  const file = seededRandom(20).octets(LARGE_FILE_BYTES);
  return p22('large-file', 'non-urgent', ipm('demo-7', 'Large', [filePart('large.bin', file)]));
}
