/**
 * An MTA for tests, measurements and demonstrations: it takes submissions over P3, delivers them to
 * the mailboxes of stores, and reports. What it has taken is held in memory: it is no relay to be
 * trusted with mail.
 *
 * Source: X.411 (1999) 8.2, 8.3; what it does wrong on demand is ours.
 */
import { decodeOrNull, orNull } from '../../asn1/elements.js';
import { formatUtcTime } from '../../asn1/time.js';
import { decode, encode } from '../../asn1/type.js';
import { SIMULATED_MESSAGES_MAX } from '../../limits.js';
import { Listener } from '../../net/listener.js';
import { MTS_ERROR, RELIABLE_CONTEXTS } from '../../x411/application-contexts.js';
import { MTS_BIND_ERROR } from '../../x411/bind.js';
import type { Controls, Waiting } from '../../x411/control.js';
import {
  ImproperlySpecifiedRecipients,
  SECURITY_PROBLEM,
  SecurityProblem,
} from '../../x411/errors.js';
import { formatMtsIdentifier, type MtsIdentifier } from '../../x411/identifiers.js';
import { orAddressKey } from '../../x411/or-address-key.js';
import { formatOrAddress } from '../../x411/or-address-text.js';
import type { OrName } from '../../x411/or-name.js';
import {
  CancelDeferredDeliveryArgument,
  MessageSubmissionArgument,
  MessageSubmissionResult,
  type PerRecipientSubmissionFields,
  ProbeSubmissionArgument,
  ProbeSubmissionResult,
} from '../../x411/submission.js';
import { orNameOf } from '../address.js';
import {
  type AccessHost,
  AccessSession,
  type BoundUser,
  type ServedAnswer,
  type ServedOperation,
} from './access-session.js';
import { Deferrals } from './deferrals.js';
import { Distributor, type StoreRoute } from './distributor.js';
import { type Fault, type FaultRule, Faults } from './faults.js';
import {
  deferredTimeOf,
  deliveryOf,
  latestDeliveryTime,
  NON_DELIVERY,
  type RecipientOutcome,
  refusalOf,
  reportOf,
  type Settled,
  type Submitted,
} from './submitted.js';

/** Who may bind and submit. */
export interface MtaUser {
  readonly address: string;
  readonly password: string;
  /** A store that submits for all its users; false by default. */
  readonly isStore?: boolean | undefined;
}

export interface MtaDomain {
  readonly country: string;
  readonly admd: string;
  readonly prmd?: string | undefined;
}

export interface MtaServerOptions {
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Any free one by default. */
  readonly port?: number;
  /** The MTA's name and what it proves itself with. */
  readonly name: string;
  readonly password: string;
  /** The domain of the identifiers that it gives. */
  readonly domain?: MtaDomain | undefined;
  /** Absent: whoever binds is who he says, and may submit for others. */
  readonly users?: readonly MtaUser[] | undefined;
  readonly stores: readonly StoreRoute[];
  readonly faults?: readonly FaultRule[] | undefined;
  /** Of the faults that strike by chance. */
  readonly seed?: number | undefined;
  /** Sent as submission-control on each association, once it is bound. */
  readonly submissionControl?: Controls | undefined;
  readonly retryMs?: number | undefined;
  readonly giveUpMs?: number | undefined;
  readonly onEvent?: (event: MtaEvent) => void;
}

/** What happens at the MTA, for whoever looks on. */
export type MtaEvent =
  | { readonly type: 'bound' | 'unbound'; readonly user: string }
  | { readonly type: 'submitted' | 'probed' | 'cancelled'; readonly identifier: string }
  | { readonly type: 'refused'; readonly operation: string; readonly answer: string }
  | {
      readonly type: 'settled';
      readonly identifier: string;
      readonly recipient: string;
      readonly outcome: string;
    }
  | { readonly type: 'reported'; readonly identifier: string; readonly outcome: string };

const RETRY_MS = 1_000;
const GIVE_UP_MS = 60_000;
const DOMAIN: MtaDomain = { country: 'XX', admd: 'ICAO', prmd: 'TESTLAND' };
const RESOURCE_LIMITATION = 3;
const MISTYPED_ARGUMENT = 2;

export class MtaServer {
  readonly #options: MtaServerOptions;
  readonly #users: ReadonlyMap<string, MtaUser> | null;
  readonly #faults: Faults;
  readonly #distributor: Distributor;
  readonly #deferrals: Deferrals;
  readonly #sessions = new Map<AccessSession, BoundUser>();
  #listener: Listener | null = null;
  #identifiers = 0;
  /** Messages and probes that are not settled yet. */
  #unsettled = 0;

  private constructor(options: MtaServerOptions) {
    this.#options = options;
    const { users, stores, retryMs = RETRY_MS, giveUpMs = GIVE_UP_MS } = options;
    const keyOf = (address: string) => orAddressKey(orNameOf(address));
    this.#users = users ? new Map(users.map((user) => [keyOf(user.address), user])) : null;
    this.#faults = new Faults(options.faults ?? [], options.seed ?? 1, keyOf);
    this.#distributor = new Distributor({ stores, retryMs, giveUpMs });
    this.#deferrals = new Deferrals((submitted) => void this.#distribute(submitted));
  }

  /** Resolves when it listens. Throws AddressError; rejects where the port cannot be had. */
  static async open(options: MtaServerOptions): Promise<MtaServer> {
    const server = new MtaServer(options);
    const host = server.#host();
    const { host: address = '127.0.0.1', port = 0 } = options;
    server.#listener = await Listener.open({
      host: address,
      port,
      reliable: { contexts: RELIABLE_CONTEXTS },
      handler: (driver) => new AccessSession(driver, host),
    });
    return server;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** Messages and probes that are not settled, and deferred ones. */
  get waiting(): number {
    return this.#unsettled + this.#deferrals.size;
  }

  /** Sends submission-control to everybody who is bound; resolves with what waits with each. */
  restrict(controls: Controls): Promise<readonly Waiting[]> {
    return Promise.all([...this.#sessions.keys()].map((session) => session.restrict(controls)));
  }

  /** Aborts every association that users have opened, as an MTA does that breaks down. */
  abortAll(): void {
    for (const session of this.#sessions.keys()) session.abort();
  }

  /** Ends every association and listens no more; what waits is lost. */
  async close(): Promise<void> {
    this.#deferrals.close();
    for (const session of this.#sessions.keys()) session.stop();
    this.#distributor.close();
    await this.#listener?.close();
  }

  #host(): AccessHost {
    const { name, password } = this.#options;
    return {
      name,
      password,
      admit: (claimed, proof) => this.#admit(claimed, proof),
      serve: (operation, argument, user) => this.#serve(operation, argument, user),
      bound: (session, user) => this.#bound(session, user),
      closed: (session) => this.#closed(session),
    };
  }

  async #admit(claimed: OrName, proof: Uint8Array | null): Promise<BoundUser | number> {
    const key = orAddressKey(claimed);
    const { delayMs, error, abort } = this.#faults.at('bind', key);
    await pause(delayMs);
    if (abort !== undefined) return MTS_BIND_ERROR.busy;
    if (error !== undefined) return error;
    if (this.#users === null) return { key, isStore: true };
    const user = this.#users.get(key);
    const isRight =
      user !== undefined && proof !== null && Buffer.from(user.password).equals(proof);
    return isRight ? { key, isStore: user.isStore ?? false } : MTS_BIND_ERROR.authenticationError;
  }

  #bound(session: AccessSession, user: BoundUser): void {
    this.#sessions.set(session, user);
    this.#distributor.add(user.key, session);
    this.#tell({ type: 'bound', user: user.key });
    const { submissionControl } = this.#options;
    // Who does not take it goes on as before.
    if (submissionControl !== undefined) void session.restrict(submissionControl).catch(ignore);
  }

  #closed(session: AccessSession): void {
    const user = this.#sessions.get(session);
    if (user === undefined) return;
    this.#sessions.delete(session);
    this.#distributor.remove(session);
    this.#tell({ type: 'unbound', user: user.key });
  }

  async #serve(
    operation: ServedOperation,
    argument: Uint8Array,
    user: BoundUser,
  ): Promise<ServedAnswer> {
    const fault = this.#faults.at(operation, user.key);
    await pause(fault.delayMs);
    const forced = forcedAnswer(fault, operation, argument);
    const carriedOut = forced ?? this.#carryOut(operation, argument, user);
    if (carriedOut.kind !== 'result') {
      const answer = 'code' in carriedOut ? `error ${carriedOut.code}` : carriedOut.kind;
      this.#tell({ type: 'refused', operation, answer });
    }
    if (fault.silence) return { kind: 'silence' };
    return fault.abort === 'after' ? { kind: 'abort' } : carriedOut;
  }

  #carryOut(operation: ServedOperation, argument: Uint8Array, user: BoundUser): ServedAnswer {
    if (operation === 'cancel-deferred-delivery') return this.#cancel(argument);
    const read = readSubmission(operation, argument);
    if (read === null) return { kind: 'reject', problem: MISTYPED_ARGUMENT };
    const refusal = refusalOf(read.envelope, user.isStore ? null : user.key);
    if (refusal !== null) return { kind: 'error', ...refusal };
    if (this.waiting >= SIMULATED_MESSAGES_MAX) {
      return { kind: 'reject', problem: RESOURCE_LIMITATION };
    }
    const submitted: Submitted = {
      ...read,
      identifier: this.#newIdentifier(),
      submissionTime: Date.now() / 1000,
    };
    const identifier = formatMtsIdentifier(submitted.identifier);
    this.#tell({ type: read.kind === 'probe' ? 'probed' : 'submitted', identifier });
    // Nothing is delivered before the submission is answered.
    if (!this.#deferrals.hold(submitted)) setImmediate(() => void this.#distribute(submitted));
    return { kind: 'result', result: resultOf(submitted) };
  }

  #cancel(argument: Uint8Array): ServedAnswer {
    const identifier = decodeOrNull(CancelDeferredDeliveryArgument, argument);
    if (identifier === null) return { kind: 'reject', problem: MISTYPED_ARGUMENT };
    const text = formatMtsIdentifier(identifier);
    const { messageSubmissionIdentifierInvalid, deferredDeliveryCancellationRejected } = MTS_ERROR;
    switch (this.#deferrals.cancel(text)) {
      case 'cancelled':
        this.#tell({ type: 'cancelled', identifier: text });
        return { kind: 'result', result: Uint8Array.of(5, 0) };
      case 'too-late':
        return { kind: 'error', code: deferredDeliveryCancellationRejected, parameter: null };
      case 'unknown':
        return { kind: 'error', code: messageSubmissionIdentifierInvalid, parameter: null };
    }
  }

  async #distribute(submitted: Submitted): Promise<void> {
    this.#unsettled += 1;
    const { envelope } = submitted;
    const identifier = formatMtsIdentifier(submitted.identifier);
    const settle = async (recipient: PerRecipientSubmissionFields): Promise<Settled> => {
      const outcome = await this.#outcomeFor(submitted, recipient);
      const name = formatOrAddress(recipient.recipientName.value);
      this.#tell({ type: 'settled', identifier, recipient: name, outcome: textOf(outcome) });
      return { recipient, outcome };
    };
    const settled = await Promise.all(envelope.perRecipientFields.map(settle));
    const report = reportOf(submitted, settled);
    if (report !== null) {
      const outcome = await this.#report(orAddressKey(envelope.originatorName.value), report);
      this.#tell({ type: 'reported', identifier, outcome: textOf(outcome) });
    }
    this.#unsettled -= 1;
  }

  async #outcomeFor(
    submitted: Submitted,
    recipient: PerRecipientSubmissionFields,
  ): Promise<RecipientOutcome> {
    const key = orAddressKey(recipient.recipientName.value);
    const { delayMs, nonDelivery } = this.#faults.at('delivery', key);
    await pause(delayMs);
    if (nonDelivery !== undefined) {
      const { reason, diagnostic = null } = nonDelivery;
      return { kind: 'not-delivered', reasonCode: reason, diagnosticCode: diagnostic };
    }
    if (!this.#distributor.reaches(key)) return NON_DELIVERY.unrecognisedName;
    // Nothing is converted here.
    if (recipient.explicitConversion !== undefined) return NON_DELIVERY.conversionNotPerformed;
    const now = Date.now() / 1000;
    const { content } = submitted;
    if (content === null) return { kind: 'delivered', time: now };
    const latest = latestDeliveryTime(submitted.envelope);
    if (latest !== null && latest < now) return NON_DELIVERY.maximumTimeExpired;
    const argument = deliveryOf({ ...submitted, content }, recipient, now);
    return this.#distributor.deliver('message', key, argument, latest && 1000 * latest);
  }

  async #report(key: string, argument: Uint8Array): Promise<RecipientOutcome> {
    const { delayMs, nonDelivery } = this.#faults.at('report', key);
    await pause(delayMs);
    // A report that cannot be delivered is reported on to nobody.
    if (nonDelivery !== undefined) return NON_DELIVERY.transferFailure;
    return this.#distributor.deliver('report', key, argument);
  }

  #newIdentifier(): MtsIdentifier {
    this.#identifiers += 1;
    const { name, domain = DOMAIN } = this.#options;
    const { country, admd, prmd } = domain;
    const local = `${name.slice(0, 12)}.${Date.now().toString(36)}.${this.#identifiers}`;
    return {
      globalDomainIdentifier: {
        countryName: { kind: 'printable', value: country },
        administrationDomainName: { kind: 'printable', value: admd },
        ...(prmd !== undefined && { privateDomainIdentifier: { kind: 'printable', value: prmd } }),
      },
      localIdentifier: local,
    };
  }

  #tell(event: MtaEvent): void {
    this.#options.onEvent?.(event);
  }
}

const ignore = () => undefined;

type Read = Pick<Submitted, 'kind' | 'envelope' | 'content' | 'deferredUntil'>;

/** Null where the argument is none, or has a name that is none. */
function readSubmission(
  operation: 'message-submission' | 'probe-submission',
  argument: Uint8Array,
): Read | null {
  return orNull(() => {
    const read = operation === 'probe-submission' ? readProbe(argument) : readMessage(argument);
    const { originatorName, perRecipientFields } = read.envelope;
    const names = [originatorName, ...perRecipientFields.map((fields) => fields.recipientName)];
    // What is within a name is read when it is asked for: here, and not when it is delivered.
    for (const { value } of names) orAddressKey(value);
    return read;
  });
}

function readProbe(argument: Uint8Array): Read {
  const envelope = decode(ProbeSubmissionArgument, argument);
  return { kind: 'probe', envelope, content: null, deferredUntil: null };
}

function readMessage(argument: Uint8Array): Read {
  const { envelope, content } = decode(MessageSubmissionArgument, argument);
  return { kind: 'message', envelope, content, deferredUntil: deferredTimeOf(envelope) };
}

function pause(timeMs = 0): Promise<void> | undefined {
  return timeMs === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, timeMs));
}

/** What a fault answers in the place of carrying the operation out; null: carry it out. */
function forcedAnswer(
  { error, reject, abort }: Fault,
  operation: ServedOperation,
  argument: Uint8Array,
): ServedAnswer | null {
  if (abort === 'before') return { kind: 'abort' };
  if (error !== undefined) {
    return { kind: 'error', code: error, parameter: parameterOf(error, operation, argument) };
  }
  return reject === undefined ? null : { kind: 'reject', problem: reject };
}

/** What the error carries, so that it can be read; null: NULL. */
function parameterOf(
  code: number,
  operation: ServedOperation,
  argument: Uint8Array,
): Uint8Array | null {
  if (code === MTS_ERROR.securityError) {
    return encode(SecurityProblem, SECURITY_PROBLEM.operationSecurityFailure);
  }
  if (code !== MTS_ERROR.recipientImproperlySpecified) return null;
  if (operation === 'cancel-deferred-delivery') return null;
  const recipients = readSubmission(operation, argument)?.envelope.perRecipientFields ?? [];
  const names = recipients.map(({ recipientName }) => recipientName);
  return encode(ImproperlySpecifiedRecipients, names);
}

function resultOf({ kind, identifier, submissionTime, envelope }: Submitted): Uint8Array {
  const time = formatUtcTime(submissionTime);
  const { contentIdentifier } = envelope;
  const rest = { ...(contentIdentifier !== undefined && { contentIdentifier }), extensions: [] };
  return kind === 'probe'
    ? encode(ProbeSubmissionResult, {
        probeSubmissionIdentifier: identifier,
        probeSubmissionTime: time,
        ...rest,
      })
    : encode(MessageSubmissionResult, {
        messageSubmissionIdentifier: identifier,
        messageSubmissionTime: time,
        ...rest,
      });
}

function textOf(outcome: RecipientOutcome): string {
  if (outcome.kind === 'delivered') return 'delivered';
  return `not delivered: reason ${outcome.reasonCode}, diagnostic ${outcome.diagnosticCode ?? '-'}`;
}
