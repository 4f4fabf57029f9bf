/** An MTA for conformance tests: what it sends is any argument, and what it gets is told as text. */
import { encode } from '../../src/asn1/type.js';
import { formatHex } from '../../src/base/octets.js';
import type { AssociationDriver } from '../../src/net/association-driver.js';
import { connectAssociation } from '../../src/net/connector.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
} from '../../src/x411/application-contexts.js';
import { MtsBindArgument } from '../../src/x411/bind.js';
import { MTA_NAME, MTA_PASSWORD } from './server.js';

export const FORCED = [
  APPLICATION_CONTEXT.mtsForcedAccess88,
  APPLICATION_CONTEXT.mtsForcedAccess94,
] as const;

type Invoke = Extract<AssociationEvent, { readonly type: 'invoke' }>;

export class P3Mta {
  readonly driver: AssociationDriver;
  readonly context: ApplicationContext;
  readonly #waiting = new Map<number, (answer: string) => void>();
  #end: ((text: string) => void) | null = null;
  /** What the store invokes; answered with a reject where nobody takes it. */
  onInvoke: ((invoke: Invoke) => void) | null = null;

  private constructor(driver: AssociationDriver, context: ApplicationContext) {
    this.driver = driver;
    this.context = context;
  }

  /** Resolves with the MTA when it is bound, with what was said when it is not. */
  static async bind(
    port: number,
    context: ApplicationContext = FORCED[0],
    change: Partial<MtsBindArgument> | Uint8Array = {},
  ): Promise<P3Mta | string> {
    let receive: (event: AssociationEvent) => void = () => undefined;
    const handler = (event: AssociationEvent) => receive(event);
    const driver = await connectAssociation({ host: '127.0.0.1', port, handler });
    const mta = new P3Mta(driver, context);
    receive = (event) => mta.#receive(event);
    const argument =
      change instanceof Uint8Array
        ? change
        : encode(MtsBindArgument, {
            initiatorName: { kind: 'mta', value: MTA_NAME },
            initiatorCredentials: { kind: 'simpleIa5', value: MTA_PASSWORD },
            extensions: [],
            ...change,
          });
    const end = await new Promise<string>((resolve) => {
      mta.#end = resolve;
      driver.bind({
        applicationContext: context.oid,
        bindSyntax: context.bind,
        operationSyntaxes: [context.submission, context.delivery, context.administration],
        addresses: {},
        argument,
      });
    });
    return end === 'bound' ? mta : end;
  }

  /** The same where it must succeed. */
  static async bound(port: number, context?: ApplicationContext): Promise<P3Mta> {
    const mta = await P3Mta.bind(port, context);
    if (typeof mta === 'string') throw new Error(mta);
    return mta;
  }

  /** `result HEX`, `error CODE HEX`, `reject KIND PROBLEM`, or what ended the association. */
  invoke(operation: number, argument: Uint8Array, syntax: string = this.context.delivery) {
    return new Promise<string>((resolve) => {
      this.#waiting.set(this.driver.invoke(syntax, operation, [argument]), resolve);
    });
  }

  unbind(): Promise<string> {
    return new Promise((resolve) => {
      this.#end = resolve;
      this.driver.unbind();
    });
  }

  #receive(event: AssociationEvent): void {
    switch (event.type) {
      case 'result':
        this.#settle(event.invokeId, `result ${formatHex(event.result ?? new Uint8Array(0))}`);
        return;
      case 'error': {
        const parameter = formatHex(event.parameter ?? new Uint8Array(0));
        this.#settle(event.invokeId, `error ${event.code} ${parameter}`);
        return;
      }
      case 'reject':
        this.#settle(event.invokeId ?? 0, `reject ${event.reject.kind} ${event.reject.problem}`);
        return;
      case 'refused': {
        const error = event.error === null ? '-' : formatHex(event.error);
        const kind = event.isTransient ? 'transient' : 'permanent';
        this.#over(`refused ${kind} ${event.diagnostic} ${error}`);
        return;
      }
      case 'aborted':
        this.#over(`${event.layer}: ${event.detail}`);
        return;
      case 'invoke':
        if (this.onInvoke !== null) this.onInvoke(event);
        else this.driver.reject(event.invokeId, { kind: 'invoke', problem: 1 });
        return;
      default:
        this.#over(event.type);
    }
  }

  #settle(invokeId: number, answer: string): void {
    this.#waiting.get(invokeId)?.(answer);
    this.#waiting.delete(invokeId);
  }

  #over(text: string): void {
    this.#end?.(text);
    this.#end = null;
    if (text === 'bound') return;
    for (const resolve of this.#waiting.values()) resolve(text);
    this.#waiting.clear();
  }
}
