/**
 * The MTA's end of P3: opens a forced-access association to a message store and delivers. Several
 * deliveries may be outstanding at once.
 *
 * A resolved promise means that the store has answered with a result: the message is its own now.
 *
 * Source: X.411 (1999) 8.1, 8.3.
 */
import { encode } from '../asn1/type.js';
import { connectAssociation } from '../net/connector.js';
import type { PresentationAddresses } from '../osi/presentation/service.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
  MTS_OPERATION,
} from '../x411/application-contexts.js';
import { MtsBindArgument } from '../x411/bind.js';
import { Dialogue, type NetworkAddress, type OpenAssociation } from './dialogue.js';

export interface MtaLinkOptions {
  /** The MTA's name. */
  readonly name: string;
  readonly password: string;
  /** Default: mts-forced-access-88. */
  readonly applicationContext?: ApplicationContext;
  readonly selectors?: PresentationAddresses;
}

export class MtaLink {
  readonly #dialogue: Dialogue;
  readonly #context: ApplicationContext;

  private constructor(dialogue: Dialogue, context: ApplicationContext) {
    this.#dialogue = dialogue;
    this.#context = context;
  }

  /** Connects over TCP and binds. Rejects with the network's error or as {@link bind} does. */
  static connect(options: MtaLinkOptions & NetworkAddress): Promise<MtaLink> {
    const { host, port } = options;
    return MtaLink.bind((handler) => connectAssociation({ host, port, handler }), options);
  }

  /** Binds over an association that `open` makes. */
  static async bind(open: OpenAssociation, options: MtaLinkOptions): Promise<MtaLink> {
    const context = options.applicationContext ?? APPLICATION_CONTEXT.mtsForcedAccess88;
    const argument = encode(MtsBindArgument, {
      initiatorName: { kind: 'mta', value: options.name },
      initiatorCredentials: { kind: 'simpleIa5', value: options.password },
      extensions: [],
    });
    const { dialogue } = await Dialogue.bind('p3', open, {
      applicationContext: context.oid,
      bindSyntax: context.bind,
      operationSyntaxes: [context.submission, context.delivery, context.administration],
      addresses: options.selectors ?? {},
      argument,
    });
    return new MtaLink(dialogue, context);
  }

  /** message-delivery of a MessageDeliveryArgument; compose one with composeDelivery. */
  async deliver(argument: Uint8Array): Promise<void> {
    await this.#dialogue.invoke(this.#context.delivery, MTS_OPERATION.messageDelivery, argument);
  }

  /** report-delivery of a ReportDeliveryArgument; compose one with composeReport. */
  async report(argument: Uint8Array): Promise<void> {
    await this.#dialogue.invoke(this.#context.delivery, MTS_OPERATION.reportDelivery, argument);
  }

  unbind(): Promise<void> {
    return this.#dialogue.unbind();
  }

  abort(): void {
    this.#dialogue.abort();
  }
}
