/**
 * Register-MS: checked as a whole before anything is changed, then applied to what is registered.
 *
 * Of the auto-actions only auto-alert is performed; the others are refused, as are defaults by
 * content, and submissions that are to be logged by default.
 *
 * Source: X.413 (1999) 8.2.5, 9.3, 9.13 to 9.15.
 */
import { decodeOrNull } from '../asn1/elements.js';
import { decode, encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import type { Unsubscribed } from '../engine/contract.js';
import {
  ALERT_IDENTIFIER_MAX,
  ATTRIBUTE_DEFAULTS_MAX,
  AUTO_REGISTRATIONS_MAX,
  MESSAGE_GROUPS_MAX,
  PASSWORD_BYTES_MAX,
  UA_REGISTRATIONS_MAX,
  USER_SECURITY_LABELS_MAX,
} from '../limits/upper-bounds.js';
import { REGISTRATIONS_BYTES_MAX } from '../limits.js';
import { type Credentials, passwordOctets } from '../x411/credentials.js';
import { SecurityLabel } from '../x411/security-label.js';
import { AUTO_ACTION, AutoAlertParameter } from '../x413/auto-alert.js';
import { type Edition, ENTRY_CLASS, ENTRY_CLASS_DELIVERY } from '../x413/common.js';
import { invalidParametersError, serviceError } from '../x413/errors.js';
import type {
  AutoActionRegistration,
  ChangeCredentials,
  RegisterMsArgument,
  RegistrationType,
  UaRegistration,
} from '../x413/register.js';
import {
  type AutoActionProblem,
  autoActionRequestError,
  newCredentialsError,
  registerMsError,
} from '../x413/registration-errors.js';
import { MsSubmissionOptions } from '../x413/submission.js';
import { AttributeProblems, attributeOf } from './attribute-problems.js';
import { compileFilter } from './compile-filter.js';
import { wantedAttributes } from './entry-information.js';
import { changedGroups } from './message-groups.js';
import { groupsInUse } from './modify.js';
import { checkArgument } from './operation.js';
import {
  type AutoActionEntry,
  packRegistrations,
  type Registrations,
  type UaDefaults,
} from './registrations.js';

/** A change of the password, in octets. */
export interface PasswordChange {
  readonly old: Uint8Array;
  readonly new: Uint8Array;
}

/** Types that are known and not performed. */
const UNPERFORMED: ReadonlySet<string> = new Set(
  Object.values(AUTO_ACTION).filter((type) => type !== AUTO_ACTION.autoAlert),
);

interface Asker {
  readonly edition: Edition;
  readonly unsubscribed?: Unsubscribed;
}

/** Throws MsRefusal for whatever is wrong with the argument by itself. */
export function checkRegistration(argument: RegisterMsArgument, asker: Asker): void {
  const { edition, unsubscribed } = asker;
  const { extensions, autoActionRegistrations = [], uaRegistrations = [] } = argument;
  checkArgument({ entryClass: ENTRY_CLASS_DELIVERY, ...(extensions && { extensions }) }, asker);
  if (edition === '88' && hasMemberOf94(argument)) throw invalidParametersError();
  checkAutoActions(autoActionRegistrations, asker);
  const problems = new AttributeProblems(unsubscribed);
  for (const { listAttributeDefaults, fetchAttributeDefaults } of [argument, ...uaRegistrations]) {
    checkDefaults(listAttributeDefaults, true, edition, problems);
    checkDefaults(fetchAttributeDefaults, false, edition, problems);
  }
  for (const registration of autoActionRegistrations) {
    checkAlert(registration, edition, problems);
  }
  problems.refuse();
  checkSupport(argument, unsubscribed?.entryClasses);
}

function hasMemberOf94(argument: RegisterMsArgument): boolean {
  const { uaRegistrations, submissionDefaults, messageGroupRegistrations } = argument;
  const members = [uaRegistrations, submissionDefaults, messageGroupRegistrations];
  return [...members, argument.registrationStatusRequest].some((member) => member !== undefined);
}

function checkAutoActions(
  registrations: readonly AutoActionRegistration[],
  { edition, unsubscribed }: Asker,
): void {
  const problems: AutoActionProblem[] = [];
  for (const { autoActionType: type, registrationIdentifier } of registrations) {
    if (unsubscribed?.autoActions.includes(type)) {
      problems.push({ problem: 'auto-action-type-not-subscribed', type });
    } else if (type === AUTO_ACTION.autoAlert) {
      // An alert names its registration by a smaller number than a registration can have.
      if (registrationIdentifier <= ALERT_IDENTIFIER_MAX) continue;
      problems.push({ problem: 'not-willing-to-perform', type });
    } else if (UNPERFORMED.has(type)) problems.push({ problem: 'not-willing-to-perform', type });
    else problems.push({ problem: 'unavailable-auto-action-type', type });
  }
  if (problems.length > 0) throw autoActionRequestError(problems, edition);
}

/** The filter and the attributes of an auto-alert; there are no destinations that we can reach. */
function checkAlert(
  { registrationParameter, autoActionType: type }: AutoActionRegistration,
  edition: Edition,
  problems: AttributeProblems,
): void {
  const { filter, requestedAttributes, alertDestinations } = alertParameter(registrationParameter);
  if (alertDestinations !== undefined) {
    throw autoActionRequestError([{ problem: 'not-willing-to-perform', type }], edition);
  }
  if (filter !== undefined) compileFilter(filter, edition, problems);
  wantedAttributes(requestedAttributes, true, edition, problems);
}

/** Of no parameter: every entry alerts, and nothing is told of it. Throws MsRefusal. */
function alertParameter(parameter: Uint8Array | undefined): Partial<AutoAlertParameter> {
  if (parameter === undefined) return {};
  try {
    return decode(AutoAlertParameter, parameter);
  } catch (error) {
    if (error instanceof ViolationError) throw invalidParametersError();
    throw error;
  }
}

function checkDefaults(
  types: readonly string[] = [],
  isForList: boolean,
  edition: Edition,
  problems: AttributeProblems,
): void {
  for (const type of types) {
    const definition = attributeOf(type, edition, problems);
    if (definition === null || !isForList || definition.isListable) continue;
    problems.add('inappropriate-for-operation', type);
  }
}

/** What 1994 has and we, or the user, have not. */
function checkSupport(
  { submissionDefaults, uaRegistrations = [] }: RegisterMsArgument,
  unsubscribed: readonly number[] = [],
): void {
  const classes = [ENTRY_CLASS.submission, ENTRY_CLASS.draft];
  const subscribed = classes.filter((one) => !unsubscribed.includes(one));
  if (submissionDefaults !== undefined && !areServed(submissionDefaults, subscribed)) {
    throw registerMsError('registration-not-supported', 'submissionDefaults');
  }
  const isBeyond = ({ submissionDefaults: own, contentSpecificDefaults }: UaRegistration) =>
    (own !== undefined && !areServed(own, subscribed)) || contentSpecificDefaults !== undefined;
  if (uaRegistrations.some(isBeyond)) {
    throw registerMsError('registration-not-supported', 'uaRegistrations');
  }
}

/** Options of submission whose class, if any, is one of those, and that have no extensions. */
function areServed(octets: Uint8Array, classes: readonly number[]): boolean {
  const options = decodeOrNull(MsSubmissionOptions, octets);
  if (options === null) throw invalidParametersError();
  const { objectEntryClass, extensions } = options;
  const isOfThem = objectEntryClass === undefined || classes.includes(objectEntryClass);
  return isOfThem && extensions === undefined;
}

/** The passwords of a change. Throws new-credentials-unacceptable; the old one is not judged. */
export function passwordChangeOf(change: ChangeCredentials): PasswordChange {
  const replacement = passwordOctets(change.newCredentials);
  if (replacement === null || replacement.length === 0) throw newCredentialsError();
  if (replacement.length > PASSWORD_BYTES_MAX) throw newCredentialsError();
  return { old: octetsOf(change.oldCredentials), new: replacement };
}

/** What is no simple password is none that could be right. */
function octetsOf(credentials: Credentials): Uint8Array {
  return passwordOctets(credentials) ?? new Uint8Array(0);
}

/** What is registered after it. Throws MsRefusal where that would be too much, or cannot be. */
export function changedBy(
  current: Registrations,
  argument: RegisterMsArgument,
  edition: Edition,
): Registrations {
  const { listAttributeDefaults, fetchAttributeDefaults, userSecurityLabels } = argument;
  const next: Registrations = {
    ...current,
    autoActions: changedAutoActions(current.autoActions, argument),
    defaults: {
      list: listAttributeDefaults ?? current.defaults.list,
      fetch: fetchAttributeDefaults ?? current.defaults.fetch,
    },
    submissionDefaults: copyOf(argument.submissionDefaults) ?? current.submissionDefaults,
    userAgents: changedUserAgents(current.userAgents, argument.uaRegistrations ?? []),
    messageGroups: changedGroups(
      current.messageGroups,
      argument.messageGroupRegistrations ?? [],
      groupsInUse(current.marks),
    ),
    userSecurityLabels:
      userSecurityLabels?.map((label) => encode(SecurityLabel, label)) ??
      current.userSecurityLabels,
  };
  checkBounds(next, edition);
  return next;
}

/** Deregistrations first, so that one call may put a registration in the place of another. */
function changedAutoActions(
  current: readonly AutoActionEntry[],
  { autoActionRegistrations = [], autoActionDeregistrations = [] }: RegisterMsArgument,
): AutoActionEntry[] {
  const entries = new Map(current.map((entry) => [keyOf(entry.type, entry.identifier), entry]));
  for (const { autoActionType, registrationIdentifier } of autoActionDeregistrations) {
    entries.delete(keyOf(autoActionType, registrationIdentifier));
  }
  for (const registration of autoActionRegistrations) {
    const { autoActionType: type, registrationIdentifier: identifier } = registration;
    const octets = registration.registrationParameter;
    // A copy: the argument is a window on all that came with it.
    const parameter = octets === undefined ? null : new Uint8Array(octets);
    entries.set(keyOf(type, identifier), { type, identifier, parameter });
  }
  return [...entries.values()].sort((a, b) => a.identifier - b.identifier);
}

const keyOf = (type: string, identifier: number) => `${type}:${identifier}`;

/** One that names itself and no defaults is taken out. */
function changedUserAgents(
  current: readonly UaDefaults[],
  changes: readonly UaRegistration[],
): UaDefaults[] {
  const agents = new Map(current.map((agent) => [agent.identifier, agent]));
  for (const { uaRegistrationIdentifier: identifier, ...rest } of changes) {
    const { listAttributeDefaults: list, fetchAttributeDefaults: fetch } = rest;
    const submission = copyOf(rest.submissionDefaults);
    agents.delete(identifier);
    if (list === undefined && fetch === undefined && submission === null) continue;
    agents.set(identifier, { identifier, list: list ?? null, fetch: fetch ?? null, submission });
  }
  return [...agents.values()];
}

/** The argument is a window on all that came with it. */
function copyOf(octets: Uint8Array | undefined): Uint8Array | null {
  return octets === undefined ? null : new Uint8Array(octets);
}

function checkBounds(next: Registrations, edition: Edition): void {
  const { autoActions, defaults, userAgents, messageGroups, userSecurityLabels } = next;
  const counts: [RegistrationType, number, number][] = [
    ['autoActionRegistrations', autoActions.length, AUTO_REGISTRATIONS_MAX],
    ['listAttributeDefaults', defaults.list.length, ATTRIBUTE_DEFAULTS_MAX],
    ['fetchAttributeDefaults', defaults.fetch.length, ATTRIBUTE_DEFAULTS_MAX],
    ['uaRegistrations', userAgents.length, UA_REGISTRATIONS_MAX],
    ['messageGroupRegistrations', messageGroups.length, MESSAGE_GROUPS_MAX],
  ];
  const exceeded = counts.find(([, count, max]) => count > max);
  if (exceeded !== undefined && edition === '94') {
    throw registerMsError('registration-limit-exceeded', exceeded[0]);
  }
  const isTooMuch = exceeded !== undefined || userSecurityLabels.length > USER_SECURITY_LABELS_MAX;
  if (isTooMuch) throw serviceError('unwilling-to-perform');
  checkSize(next);
}

/** Throws service-error for more than one mailbox may keep. */
export function checkSize(next: Registrations): void {
  const { length } = packRegistrations(next);
  if (length > REGISTRATIONS_BYTES_MAX) throw serviceError('unwilling-to-perform');
}
