/**
 * The library that others import: a user agent over P7, an MTA's end of P3, and what they need
 * around them. `docs/client.md` shows it in use; what is not exported here may change.
 *
 * Source: ours.
 */
export { InterruptedTransfers } from '../net/transfer-memory.js';
export { APPLICATION_CONTEXT, type ApplicationContext } from '../x411/application-contexts.js';
export type { Priority } from '../x411/envelope-parts.js';
export type { EntryType, RetrievalStatus } from '../x413/entry.js';
export { AddressError } from './address.js';
export { ATTRIBUTE } from './attribute-names.js';
export {
  CONTENT_TYPE,
  type ContentView,
  composeInterchange,
  composeMessage,
  composeReceipt,
  type InterchangeInput,
  type MessageInput,
  type Part,
  type PartView,
  type Receipt,
  readContent,
} from './content.js';
export type { DeliveryControl } from './delivery-control.js';
export type { NetworkAddress, OpenAssociation, ReliableTransfer } from './dialogue.js';
export type { EntryClassName } from './entry-class.js';
export { EntryView, type ReportedRecipient } from './entry-view.js';
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
  UnreadableError,
} from './errors.js';
export { type Filter, where } from './filter.js';
export { MtaLink, type MtaLinkOptions } from './mta.js';
export type { StoreRoute } from './mts/distributor.js';
export type { Fault, FaultPoint, FaultRule } from './mts/faults.js';
export {
  type MtaEvent,
  MtaServer,
  type MtaServerOptions,
  type MtaUser,
} from './mts/mta-server.js';
export type { Problem } from './problems.js';
export type {
  AttributeChoice,
  NumberRange,
  Override,
  Selection,
  TimeRange,
  Wanted,
} from './selection.js';
export { type SentMessage, type SentRecipient, type SentState, sentMessages } from './sent.js';
export {
  composeProbe,
  composeSubmission,
  type EnvelopeInput,
  type ProbeInput,
  type ReportRequest,
  type SubmissionInput,
  type SubmissionRecipient,
} from './submission.js';
export type { Keeping, SubmissionOutcome } from './submit.js';
export type { AttributeSummary, Summary } from './summary.js';
export {
  type Alert,
  type FetchOutcome,
  type ListOutcome,
  UserAgent,
  type UserAgentOptions,
} from './user-agent.js';
