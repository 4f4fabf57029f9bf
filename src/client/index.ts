/**
 * The library that others import: a user agent, an MTA's end of P3, and what they need around them.
 *
 * Source: ours.
 */
export { APPLICATION_CONTEXT, type ApplicationContext } from '../x411/application-contexts.js';
export { AddressError } from './address.js';
export type { OpenAssociation } from './dialogue.js';
export { ATTRIBUTE, EntryView } from './entry-view.js';
export {
  composeDelivery,
  composeReport,
  type DeliveryInput,
  type ReportInput,
} from './envelope.js';
export {
  AbstractError,
  AssociationLostError,
  BindRefusedError,
  RejectedError,
} from './errors.js';
export { MtaLink, type MtaLinkOptions } from './mta.js';
export {
  type FetchOutcome,
  type ListOutcome,
  type Selection,
  UserAgent,
  type UserAgentOptions,
  type Wanted,
} from './user-agent.js';
