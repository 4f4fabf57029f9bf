/**
 * Which MTA takes what a mailbox submits, and as whom the store binds there, by the configuration.
 *
 * Source: ours; X.411 (1999) 8.1.1.1.1 for the names.
 */
import type { Config, SubmissionConfig } from '../config/config.js';
import type { Directory } from '../directory/directory.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { MTA_CONNECT_TIME_MAX_MS } from '../limits.js';
import { connectAssociation } from '../net/connector.js';
import type { ReassemblyBudget } from '../net/reassembly.js';
import type { PresentationAddresses } from '../osi/presentation/service.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
  RELIABLE_CONTEXTS,
} from '../x411/application-contexts.js';
import { formatOrAddress, parseOrAddress } from '../x411/or-address-text.js';
import type { OrName } from '../x411/or-name.js';
import type { MtaAccess, OpenConnection } from './submission-link.js';
import type { SubmissionRoute, SubmissionsOptions } from './submissions.js';

interface Taker {
  readonly access: MtaAccess;
  readonly connect: OpenConnection;
  readonly submission: SubmissionConfig;
  readonly reportsTo: MailboxId | null;
}

/** What {@link SubmissionsOptions} asks for. */
export function submissionRoutes(
  { mtas, mailboxes }: Pick<Config, 'mtas' | 'mailboxes'>,
  directory: Directory,
  reassembly: ReassemblyBudget,
): SubmissionsOptions['routesOf'] {
  const takers = new Map<string, Taker>();
  for (const { name, submission, reportsTo = null } of mtas) {
    if (submission === undefined) continue;
    const { host, port } = submission;
    takers.set(name, {
      access: accessOf(name, submission),
      connect: (handler) =>
        connectAssociation({
          host,
          port,
          handler,
          connectMs: MTA_CONNECT_TIME_MAX_MS,
          reassembly,
          reliable: { contexts: RELIABLE_CONTEXTS },
        }),
      submission,
      reportsTo,
    });
  }
  const [first] = takers.values();
  const own = new Map(mailboxes.map(({ id, submission }) => [id, submission]));
  return (mailbox) => {
    const { mta, password } = own.get(mailbox) ?? {};
    const chosen = mta === undefined ? [first] : [mta].flat().map((name) => takers.get(name));
    return chosen.flatMap((taker) => {
      const route = taker === undefined ? null : routeOf(mailbox, taker, password, directory);
      return route === null ? [] : [route];
    });
  };
}

/** Null where there is no name to bind with. */
function routeOf(
  mailbox: MailboxId,
  { access, connect, submission, reportsTo }: Taker,
  ownPassword: string | undefined,
  directory: Directory,
): SubmissionRoute | null {
  if (submission.bindAs === 'store') {
    const name = nameOf(submission.address) ?? directory.nameOf(null);
    if (name === null) return null;
    const submitter = { name, password: submission.password, reportsTo, mailbox: null };
    return { access, connect, submitter, label: formatOrAddress(name) };
  }
  const name = directory.nameOf(mailbox);
  if (name === null) return null;
  const password = ownPassword ?? submission.password;
  const submitter = { name, password, reportsTo: mailbox, mailbox };
  return { access, connect, submitter, label: mailbox };
}

/** The configuration has been checked: an address that is there is one. */
function nameOf(address: string | undefined): OrName | null {
  if (address === undefined) return null;
  const parsed = parseOrAddress(address);
  return parsed.kind === 'name' ? parsed.name : null;
}

const CONTEXT: Readonly<Record<SubmissionConfig['applicationContext'], ApplicationContext>> = {
  'mts-access-88': APPLICATION_CONTEXT.mtsAccess88,
  'mts-access-94': APPLICATION_CONTEXT.mtsAccess94,
  'mts-reliable-access-88': APPLICATION_CONTEXT.mtsReliableAccess88,
  'mts-reliable-access-94': APPLICATION_CONTEXT.mtsReliableAccess94,
};

function accessOf(name: string, submission: SubmissionConfig): MtaAccess {
  const { applicationContext, responderPassword = null, nameForm } = submission;
  const { idleMs, unreachableWaitMs } = submission;
  return {
    name,
    context: CONTEXT[applicationContext],
    addresses: selectorsOf(submission),
    responderPassword,
    nameForm: nameForm === 'user-agent' ? 'userAgent' : 'messageStore',
    associationsMax: submission.associations,
    operationsMax: submission.operationsOutstanding,
    idleMs,
    unreachableWaitMs,
  };
}

function selectorsOf({ called, calling }: SubmissionConfig): PresentationAddresses {
  const octets = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text));
  const all = {
    calledTransport: octets(called.transport),
    calledSelector: octets(called.session),
    calledPresentation: octets(called.presentation),
    callingTransport: octets(calling.transport),
    callingSelector: octets(calling.session),
    callingPresentation: octets(calling.presentation),
  };
  const given = Object.entries(all).filter(([, selector]) => selector !== undefined);
  return Object.fromEntries(given);
}
