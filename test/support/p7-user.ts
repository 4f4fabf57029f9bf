/**
 * A user of P7 for conformance tests: what it sends is any argument, whole or in octets, and what
 * it gets is decoded with the standard's types, errors and alerts included.
 */
import { integer } from '../../src/asn1/primitive.js';
import type { Asn1Type } from '../../src/asn1/type.js';
import { decode, encode } from '../../src/asn1/type.js';
import { connectAssociation } from '../../src/net/connector.js';
import type { Invocation } from '../../src/net/initiator.js';
import type {
  AssociationCommands,
  AssociationEvent,
  RejectProblem,
} from '../../src/osi/association.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
  MS_OPERATION,
  MTS_OPERATION,
} from '../../src/x411/application-contexts.js';
import { ImproperlySpecifiedRecipients } from '../../src/x411/errors.js';
import { parseOrAddress } from '../../src/x411/or-address-text.js';
import { keepOrName } from '../../src/x411/or-name.js';
import { AlertArgument } from '../../src/x413/alert.js';
import { AUTO_ACTION, AutoAlertParameter } from '../../src/x413/auto-alert.js';
import { MsBindArgument, MsBindResult } from '../../src/x413/bind.js';
import { type Edition, ENTRY_CLASS_DELIVERY } from '../../src/x413/common.js';
import { DeleteArgument, DeleteResult } from '../../src/x413/delete.js';
import {
  AttributeErrorParameter,
  DeleteErrorParameter,
  EntryClassErrorParameter,
  FetchRestrictionErrorParameter,
  MsExtensionErrorParameter,
  RangeErrorParameter,
  SequenceNumberErrorParameter,
  ServiceErrorParameter,
} from '../../src/x413/errors.js';
import { FetchArgument, type FetchItem, FetchResult } from '../../src/x413/fetch.js';
import type { Filter, FilterItem } from '../../src/x413/filter.js';
import { ListArgument, ListResult } from '../../src/x413/list.js';
import {
  type EntryModification,
  type Modification,
  ModifyArgument,
  ModifyErrorParameter,
  ModifyResult,
} from '../../src/x413/modify.js';
import { RegisterMsArgument, RegisterMsResult } from '../../src/x413/register.js';
import {
  AutoActionRequestErrorParameter,
  MessageGroupErrorParameter,
  RegisterMsErrorParameter,
} from '../../src/x413/registration-errors.js';
import type { EntryInformation } from '../../src/x413/selection.js';
import type { Selector } from '../../src/x413/selector.js';
import { SummarizeArgument, SummarizeResult } from '../../src/x413/summarize.js';
import { addressOf, type TestServer, USER_PASSWORD } from './server.js';

export type Answer =
  | { readonly kind: 'result'; readonly octets: Uint8Array }
  | { readonly kind: 'error'; readonly code: number; readonly octets: Uint8Array | null }
  | { readonly kind: 'reject'; readonly reject: RejectProblem }
  | { readonly kind: 'gone'; readonly detail: string };

/** An operation came to another end than a result. */
export class Refused extends Error {
  constructor(readonly answer: Exclude<Answer, { readonly kind: 'result' }>) {
    super(JSON.stringify(answer.kind === 'error' ? errorOf(answer) : answer));
  }
}

export interface BindRefusal {
  readonly isTransient: boolean;
  readonly octets: Uint8Array | null;
}

export interface BindOptions extends Partial<MsBindArgument> {
  readonly password?: string;
  readonly address?: string;
  readonly edition?: Edition;
}

const PARAMETERS: ReadonlyMap<number, Asn1Type<unknown>> = new Map<number, Asn1Type<unknown>>([
  [21, AttributeErrorParameter as Asn1Type<unknown>],
  [23, DeleteErrorParameter as Asn1Type<unknown>],
  [24, FetchRestrictionErrorParameter as Asn1Type<unknown>],
  [25, RangeErrorParameter as Asn1Type<unknown>],
  [27, ServiceErrorParameter as Asn1Type<unknown>],
  [28, SequenceNumberErrorParameter as Asn1Type<unknown>],
  [31, MsExtensionErrorParameter as Asn1Type<unknown>],
  [34, EntryClassErrorParameter as Asn1Type<unknown>],
  [22, AutoActionRequestErrorParameter as Asn1Type<unknown>],
  [30, MessageGroupErrorParameter as Asn1Type<unknown>],
  [32, RegisterMsErrorParameter as Asn1Type<unknown>],
  [33, ModifyErrorParameter as Asn1Type<unknown>],
  [3, ImproperlySpecifiedRecipients as Asn1Type<unknown>],
]);

/** Octets of their own: what arrives is a window on a Buffer, which compares as something else. */
const plain = (octets: Uint8Array) => new Uint8Array(octets);

function errorOf({ code, octets }: Extract<Answer, { readonly kind: 'error' }>) {
  const type = PARAMETERS.get(code);
  return { code, ...(type && octets ? (decode(type, plain(octets)) as object) : {}) };
}

export class P7User {
  readonly mailbox: string;
  readonly edition: Edition;
  readonly context: ApplicationContext;
  readonly alerts: AlertArgument[] = [];
  /** What an alert is answered with: the result, or this error. */
  alertError: number | null = null;
  /** Submission-controls that came, and the context on which the last one did. */
  readonly controls: Uint8Array[] = [];
  controlSyntax = '';
  /** What one is answered with; null: a reject. */
  controlAnswer: Uint8Array | null = Uint8Array.of(0x31, 0);
  bindOctets: Uint8Array = new Uint8Array(0);
  #commands: AssociationCommands | null = null;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #settleBind: ((end: Uint8Array | BindRefusal) => void) | null = null;
  #settleUnbind: (() => void) | null = null;
  #gone: string | null = null;

  private constructor(mailbox: string, edition: Edition) {
    this.mailbox = mailbox;
    this.edition = edition;
    this.context =
      edition === '88' ? APPLICATION_CONTEXT.msAccess88 : APPLICATION_CONTEXT.msAccess94;
  }

  /** Rejects with Refused-like text where the bind is refused. */
  static async bind(
    server: TestServer,
    mailbox: string,
    options: BindOptions = {},
  ): Promise<P7User> {
    const user = new P7User(mailbox, options.edition ?? '88');
    const end = await user.#bind(server, mailbox, options);
    if (end instanceof Uint8Array) return user;
    throw new Error(`the bind was refused: ${JSON.stringify(end)}`);
  }

  /** How a bind is refused. */
  static async refusal(
    server: TestServer,
    mailbox: string,
    options: BindOptions = {},
  ): Promise<BindRefusal> {
    const user = new P7User(mailbox, options.edition ?? '88');
    const end = await user.#bind(server, mailbox, options);
    if (!(end instanceof Uint8Array)) return end;
    user.abort();
    throw new Error('the bind was accepted');
  }

  get bindResult(): MsBindResult {
    return decode(MsBindResult, this.bindOctets);
  }

  async #bind(server: TestServer, mailbox: string, options: BindOptions) {
    const { password = USER_PASSWORD, address = addressOf(mailbox), edition: _, ...rest } = options;
    const parsed = parseOrAddress(address);
    if (parsed.kind === 'problem') throw new Error(parsed.problem);
    const argument = encode(MsBindArgument, {
      initiatorName: keepOrName(parsed.name),
      initiatorCredentials: { kind: 'simpleIa5', value: password },
      msConfigurationRequest: false,
      ...rest,
    });
    const { port } = server;
    const handler = (event: AssociationEvent) => this.#receive(event);
    this.#commands = await connectAssociation({ host: '127.0.0.1', port, handler });
    const end = new Promise<Uint8Array | BindRefusal>((resolve) => {
      this.#settleBind = resolve;
    });
    const { oid, bind, submission, delivery, administration } = this.context;
    this.#commands.bind({
      applicationContext: oid,
      bindSyntax: bind,
      operationSyntaxes: [submission, delivery, administration],
      addresses: {},
      argument,
    });
    return end;
  }

  #receive(event: AssociationEvent): void {
    switch (event.type) {
      case 'bound':
        this.bindOctets = event.result;
        this.#settleBind?.(event.result);
        return;
      case 'refused':
        this.#settleBind?.({ isTransient: event.isTransient, octets: event.error });
        return;
      case 'result':
        this.#settle(event.invokeId, { kind: 'result', octets: event.result ?? new Uint8Array(0) });
        return;
      case 'error':
        this.#settle(event.invokeId, { kind: 'error', code: event.code, octets: event.parameter });
        return;
      case 'reject':
        this.#rejected(event.invokeId, event.reject);
        return;
      case 'invoke':
        if (event.operation === MTS_OPERATION.submissionControl) this.#controlled(event);
        else this.#alerted(event.invokeId, event.operation, event.argument);
        return;
      case 'unbound':
        this.#settleUnbind?.();
        return;
      case 'aborted':
        this.#gone = event.detail;
        for (const id of [...this.#waiting.keys()]) {
          this.#settle(id, { kind: 'gone', detail: event.detail });
        }
        this.#settleUnbind?.();
        return;
      default:
        throw new Error(`a responder does not send ${event.type}`);
    }
  }

  #controlled({ invokeId, syntax, argument }: Invocation): void {
    this.controls.push(plain(argument));
    this.controlSyntax = syntax;
    if (this.controlAnswer !== null) this.#commands?.result(invokeId, [this.controlAnswer]);
    else this.#commands?.reject(invokeId, { kind: 'invoke', problem: 1 });
  }

  #alerted(invokeId: number, operation: number, argument: Uint8Array): void {
    if (operation !== MS_OPERATION.alert) throw new Error(`the store invoked ${operation}`);
    this.alerts.push(decode(AlertArgument, argument));
    if (this.alertError === null) this.#commands?.result(invokeId, [Uint8Array.of(5, 0)]);
    else this.#commands?.error(invokeId, this.alertError, Uint8Array.of(2, 1, 0));
  }

  /** What could not even be read as an invocation is the one that waits, where only one does. */
  #rejected(invokeId: number | null, reject: RejectProblem): void {
    const [only] = this.#waiting.size === 1 ? this.#waiting.keys() : [];
    const rejected = invokeId ?? only;
    if (rejected !== undefined) this.#settle(rejected, { kind: 'reject', reject });
  }

  #settle(invokeId: number, answer: Answer): void {
    this.#waiting.get(invokeId)?.(answer);
    this.#waiting.delete(invokeId);
  }

  /** Any operation with any octets. */
  invoke(operation: number, argument: Uint8Array, syntax = this.context.delivery): Promise<Answer> {
    if (this.#gone !== null || this.#commands === null) {
      return Promise.resolve({ kind: 'gone', detail: this.#gone ?? 'never bound' });
    }
    const invokeId = this.#commands.invoke(syntax, operation, [argument]);
    return new Promise((resolve) => this.#waiting.set(invokeId, resolve));
  }

  async ask<A, R>(operation: number, type: Asn1Type<A>, argument: A, result: Asn1Type<R>) {
    const answer = await this.invoke(operation, encode(type, argument));
    if (answer.kind !== 'result') throw new Refused(answer);
    return decode(result, plain(answer.octets));
  }

  async list(selector: Partial<Selector> = {}, attributes?: Attributes, entryClass = 0) {
    const argument = {
      entryClass,
      selector: selectorOf(selector),
      ...(attributes && { requestedAttributes: selectionOf(attributes) }),
    };
    const result = await this.ask(MS_OPERATION.list, ListArgument, argument, ListResult);
    return { ...result, numbers: (result.requested ?? []).map((entry) => entry.sequenceNumber) };
  }

  fetch(which: number | Partial<Selector>, attributes?: Attributes, entryClass = 0) {
    const item: FetchItem =
      typeof which === 'number'
        ? { kind: 'precise', value: which }
        : { kind: 'search', value: selectorOf(which) };
    const argument = {
      entryClass,
      item,
      ...(attributes && { requestedAttributes: selectionOf(attributes) }),
    };
    return this.ask(MS_OPERATION.fetch, FetchArgument, argument, FetchResult);
  }

  summarize(selector: Partial<Selector> = {}, requests?: readonly string[], entryClass = 0) {
    const argument = {
      entryClass,
      selector: selectorOf(selector),
      ...(requests && { summaryRequests: requests }),
    };
    return this.ask(MS_OPERATION.summarize, SummarizeArgument, argument, SummarizeResult);
  }

  delete(which: readonly number[] | Partial<Selector>, entryClass = 0) {
    const items = isNumbers(which)
      ? ({ kind: 'sequenceNumbers', value: which } as const)
      : ({ kind: 'selector', value: selectorOf(which) } as const);
    const argument = { entryClass, items };
    return this.ask(MS_OPERATION.delete, DeleteArgument, argument, DeleteResult);
  }

  /** An operation of the submission port, with any octets. */
  async submit(operation: number, argument: Uint8Array): Promise<Uint8Array> {
    const answer = await this.invoke(operation, argument, this.context.submission);
    if (answer.kind !== 'result') throw new Refused(answer);
    return plain(answer.octets);
  }

  register(argument: RegisterMsArgument) {
    return this.ask(MS_OPERATION.registerMs, RegisterMsArgument, argument, RegisterMsResult);
  }

  modify(which: readonly number[] | Partial<Selector>, ...modifications: EntryModification[]) {
    return this.modifyIn(ENTRY_CLASS_DELIVERY, which, ...modifications);
  }

  modifyIn(
    entryClass: number,
    which: readonly number[] | Partial<Selector>,
    ...modifications: EntryModification[]
  ) {
    const entries = isNumbers(which)
      ? ({ kind: 'specificEntries', value: which } as const)
      : ({ kind: 'selector', value: selectorOf(which) } as const);
    const argument = { entryClass, entries, modifications };
    return this.ask(MS_OPERATION.modify, ModifyArgument, argument, ModifyResult);
  }

  /** Waits until so many alerts have come; fails after a while. */
  async alerted(count: number): Promise<AlertArgument[]> {
    for (let attempt = 0; attempt < 400 && this.alerts.length < count; attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (this.alerts.length < count) throw new Error(`${this.alerts.length} alerts of ${count}`);
    return this.alerts;
  }

  /** Statuses by number, read with Summarize-like innocence: nothing changes by it. */
  async statuses(): Promise<Record<number, number>> {
    const statuses: Record<number, number> = {};
    for (const status of [0, 1, 2]) {
      const filter = item({ kind: 'equality', value: { type: STATUS, value: int(status) } });
      const { numbers } = await this.list({ filter, childEntries: true }, []);
      for (const number of numbers) statuses[number] = status;
    }
    return statuses;
  }

  unbind(): Promise<void> {
    if (this.#gone !== null) return Promise.resolve();
    const done = new Promise<void>((resolve) => {
      this.#settleUnbind = resolve;
    });
    this.#commands?.unbind();
    return done;
  }

  abort(): void {
    if (this.#gone === null) this.#commands?.abort();
    this.#gone = 'aborted by its user';
  }
}

export const STATUS = '2.6.4.3.15';

/** What an operation was refused with: the error's code and what it carries, or the reject. */
export async function refusalOf(operation: Promise<unknown>): Promise<object> {
  try {
    await operation;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.answer.kind === 'error' ? errorOf(error.answer) : error.answer;
  }
  throw new Error('the operation had a result');
}

export type Attributes = readonly (
  | string
  | { readonly type: string; readonly from?: number; readonly count?: number }
)[];

function selectionOf(attributes: Attributes) {
  return attributes.map((one) => (typeof one === 'string' ? { type: one } : one));
}

function selectorOf(selector: Partial<Selector>): Selector {
  return { childEntries: false, ...selector };
}

function isNumbers(which: readonly number[] | Partial<Selector>): which is readonly number[] {
  return Array.isArray(which);
}

/** Values of an attribute of an entry, in hexadecimal. */
export function valuesOf(entry: EntryInformation | undefined, type: string): string[] {
  const found = entry?.attributes?.find((attribute) => attribute.type === type);
  return (found?.values ?? []).map((value) => Buffer.from(value).toString('hex'));
}

export const typesOf = (entry: EntryInformation | undefined) =>
  (entry?.attributes ?? []).map(({ type }) => type).sort();

export const item = (value: FilterItem): Filter => ({ kind: 'item', value });
export const present = (type: string) => item({ kind: 'present', value: type });
export const equality = (type: string, value: Uint8Array) =>
  item({ kind: 'equality', value: { type, value } });
export const not = (value: Filter): Filter => ({ kind: 'not', value });
export const and = (...value: Filter[]): Filter => ({ kind: 'and', value });
export const or = (...value: Filter[]): Filter => ({ kind: 'or', value });
export const numbers = (from?: number, to?: number) => ({
  range: {
    kind: 'sequenceNumberRange',
    value: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
  } as const,
});

export const loose = (modification: Modification) => ({ strict: false, modification });
export const strict = (modification: Modification) => ({ strict: true, modification });

/** A registration of auto-alert. */
export function autoAlert(
  registrationIdentifier: number,
  parameter: Partial<AutoAlertParameter> = {},
) {
  const whole = { suppressAlertDestinations: true, ...parameter };
  return {
    autoActionType: AUTO_ACTION.autoAlert,
    registrationIdentifier,
    registrationParameter: encode(AutoAlertParameter, whole),
  };
}

/** Values of the common syntaxes. */
export const int = (value: number) => encode(integer(), value);
export const priority = (value: number) => Uint8Array.of(0x47, 1, value);
const tagged = (tag: number, text: string) =>
  Uint8Array.of(tag, text.length, ...Buffer.from(text, 'latin1'));
export const printable = (text: string) => tagged(0x13, text);
export const teletex = (text: string) => tagged(0x14, text);
export const ia5 = (text: string) => tagged(0x16, text);
export const utc = (text: string) => tagged(0x17, text);
