/**
 * The MTA's end of P3: opens a forced-access association to a message store and delivers. Any
 * number of deliveries may be made at once.
 *
 * A resolved promise means that the store has answered with a result: the message is its own now.
 *
 * Source: X.411 (1999) 8.1, 8.3.
 */
import { decode, encode } from '../asn1/type.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
  MTS_OPERATION,
} from '../x411/application-contexts.js';
import { MtsBindArgument, MtsBindResult } from '../x411/bind.js';
import { DeliveryControlArgument, DeliveryControlResult } from '../x411/control.js';
import { passwordCredentials } from '../x411/credentials.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { type DeliveryControl, deliveryControlOf } from './delivery-control.js';
import {
  Dialogue,
  type DialogueOptions,
  type Invocation,
  type NetworkAddress,
  type OpenAssociation,
  overTcp,
} from './dialogue.js';

export interface MtaLinkOptions extends DialogueOptions {
  /** The MTA's name. */
  readonly name: string;
  readonly password: string;
  /** Default: mts-forced-access-88. */
  readonly applicationContext?: ApplicationContext;
  /**
   * Called when the store says what it may be given for now. The control is acknowledged; to keep
   * to it is the caller's part. Without it the store's delivery-control is rejected.
   */
  readonly onDeliveryControl?: (control: DeliveryControl) => void;
}

export class MtaLink {
  /** The name with which the store answered the bind: an address, or an MTA's name. */
  readonly responderName: string;
  readonly #dialogue: Dialogue;
  readonly #context: ApplicationContext;

  private constructor(dialogue: Dialogue, context: ApplicationContext, result: MtsBindResult) {
    const { kind, value } = result.responderName;
    this.responderName = kind === 'mta' ? value : formatOrAddress(value.value);
    this.#dialogue = dialogue;
    this.#context = context;
  }

  /** Connects over TCP and binds. Rejects with the network's error or as {@link bind} does. */
  static connect(options: MtaLinkOptions & NetworkAddress): Promise<MtaLink> {
    return MtaLink.bind(overTcp(options), options);
  }

  /** Binds over an association that `open` makes. */
  static async bind(open: OpenAssociation, options: MtaLinkOptions): Promise<MtaLink> {
    const context = options.applicationContext ?? APPLICATION_CONTEXT.mtsForcedAccess88;
    const { name, password, onDeliveryControl } = options;
    const bindArgument = encode(MtsBindArgument, {
      initiatorName: { kind: 'mta', value: name },
      initiatorCredentials: passwordCredentials(password),
      extensions: [],
    });
    const serve = (invocation: Invocation) =>
      onDeliveryControl === undefined
        ? null
        : receiveControl(context, invocation, onDeliveryControl);
    const protocol = { context, bindArgument, bindResult: MtsBindResult, serve };
    const { dialogue, result } = await Dialogue.bind(open, protocol, options);
    return new MtaLink(dialogue, context, result);
  }

  /** message-delivery of a MessageDeliveryArgument; compose one with composeDelivery. */
  async deliver(argument: Uint8Array): Promise<void> {
    await this.#dialogue.invoke(this.#context.delivery, MTS_OPERATION.messageDelivery, argument);
  }

  /** report-delivery of a ReportDeliveryArgument; compose one with composeReport. */
  async report(argument: Uint8Array): Promise<void> {
    await this.#dialogue.invoke(this.#context.delivery, MTS_OPERATION.reportDelivery, argument);
  }

  /** Waits for the calls that are outstanding, then releases. */
  unbind(): Promise<void> {
    return this.#dialogue.unbind();
  }

  abort(): void {
    this.#dialogue.abort();
  }
}

function receiveControl(
  context: ApplicationContext,
  { syntax, operation, argument }: Invocation,
  onDeliveryControl: (control: DeliveryControl) => void,
): Uint8Array | null {
  if (syntax !== context.delivery || operation !== MTS_OPERATION.deliveryControl) return null;
  onDeliveryControl(deliveryControlOf(decode(DeliveryControlArgument, argument)));
  return encode(DeliveryControlResult, { waitingContentTypes: [], extensions: [] });
}
