/**
 * What a content of type P2, P22 or P772 is: a message or a notification.
 *
 * Source: X.420 (1999) 6, module IPMSInformationObjects.
 */
import { choice } from '../asn1/choice.js';
import { implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { Ipm } from './heading.js';
import { Ipn } from './ipn.js';

export {
  Heading,
  HeadingExtension,
  Ipm,
  IpmIdentifier,
  OrDescriptor,
  RecipientSpecifier,
} from './heading.js';

export const InformationObject = choice('InformationObject', {
  ipm: implicit(0, Ipm),
  ipn: implicit(1, Ipn),
});
export type InformationObject = TypeOf<typeof InformationObject>;

/** Content types that are information objects of this kind. */
export const IPM_CONTENT_TYPE = {
  p2: '2.6.1.10.0',
  p22: '2.6.1.10.1',
  p772: '1.3.26.0.4406.0.4.1',
} as const;

const IPM_CONTENT_TYPES: readonly string[] = Object.values(IPM_CONTENT_TYPE);

export function isIpmContentType(oid: string): boolean {
  return IPM_CONTENT_TYPES.includes(oid);
}
