/**
 * A lean initiator: our stack on a bare socket, for driving a server that shares the machine.
 *
 * `call` goes through the stack. `repeat` sends a frame that the stack made once, with whatever was
 * put in place in it since, and wants the very octets that were answered the first time; so every
 * answer is checked to the octet, and neither side of it is encoded or decoded again. Invoke ids
 * may repeat: they need to be unique among what is outstanding only (X.880).
 *
 * Source: ours.
 */
import { connect, type Socket } from 'node:net';
import { encode } from '../../src/asn1/type.js';
import { joinOctets } from '../../src/base/octets.js';
import { keptOrNameOf } from '../../src/client/address.js';
import type { AssociationEvent, BindRequest } from '../../src/osi/association.js';
import { Association } from '../../src/osi/stack.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
} from '../../src/x411/application-contexts.js';
import { MtsBindArgument } from '../../src/x411/bind.js';
import { MsBindArgument } from '../../src/x413/bind.js';
import { addressOf, MTA, PASSWORD } from './server-process.js';

const READ_BYTES = 256 * 1024;

export const P3 = APPLICATION_CONTEXT.mtsForcedAccess88;
export const P7 = APPLICATION_CONTEXT.msAccess88;

/** An invocation as it goes over the wire, and what is answered to it. */
export interface Frame {
  readonly octets: Buffer;
  readonly reply: Buffer;
}

type Done = (result: Uint8Array | null) => void;

export class Link {
  readonly #association = new Association({ role: 'initiator' });
  readonly #socket: Socket;
  readonly #context: ApplicationContext;
  readonly #waiting = new Map<number, Done>();
  #onBound: (() => void) | null = null;
  /** Octets that came since the last call through the stack; kept while a frame is learnt. */
  #heard: Uint8Array[] | null = null;
  #expected: Buffer | null = null;
  #onRepeated: (() => void) | null = null;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #isClosing = false;

  private constructor(socket: Socket, context: ApplicationContext) {
    this.#socket = socket;
    this.#context = context;
  }

  /** As the MTA of the bench. */
  static deliverer(port: number): Promise<Link> {
    const argument = encode(MtsBindArgument, {
      initiatorName: { kind: 'mta', value: MTA },
      initiatorCredentials: { kind: 'simpleIa5', value: PASSWORD },
      extensions: [],
    });
    return Link.#open(port, P3, argument);
  }

  /** As the user of a mailbox. */
  static user(port: number, mailbox: string): Promise<Link> {
    const argument = encode(MsBindArgument, {
      initiatorName: keptOrNameOf(addressOf(mailbox)),
      initiatorCredentials: { kind: 'simpleIa5', value: PASSWORD },
      msConfigurationRequest: false,
    });
    return Link.#open(port, P7, argument);
  }

  static async #open(
    port: number,
    context: ApplicationContext,
    argument: Uint8Array,
  ): Promise<Link> {
    let receive = (_: Buffer): void => undefined;
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread = {
      buffer,
      callback: (bytes: number) => {
        receive(buffer.subarray(0, bytes));
        return true;
      },
    };
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    const opened = new Link(socket, context);
    receive = (octets) => opened.#receive(octets);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.on('error', (error) => opened.#lost(error.message));
    socket.on('close', () => opened.#lost('closed'));
    const { oid, bind, submission, delivery, administration } = context;
    const operationSyntaxes = [submission, delivery, administration];
    const request: BindRequest = {
      applicationContext: oid,
      bindSyntax: bind,
      operationSyntaxes,
      addresses: {},
      argument,
    };
    const bound = new Promise<void>((resolve) => {
      opened.#onBound = resolve;
    });
    opened.#association.bind(request);
    opened.#flush();
    await bound;
    return opened;
  }

  /** Through the stack. Errors and rejects of the server end the bench. */
  call(operation: number, argument: Uint8Array, done: Done): void {
    const id = this.#association.invoke(this.#context.delivery, operation, [argument]);
    this.#waiting.set(id, done);
    this.#flush();
  }

  ask(operation: number, argument: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve) =>
      this.call(operation, argument, (result) => resolve(result ?? new Uint8Array(0))),
    );
  }

  /** Calls once through the stack and keeps what went over the wire. Nothing else may wait. */
  learn(operation: number, argument: Uint8Array): Promise<Frame> {
    const heard: Uint8Array[] = [];
    this.#heard = heard;
    const id = this.#association.invoke(this.#context.delivery, operation, [argument]);
    const octets = Buffer.from(joinOctets(this.#association.takeOutput()));
    this.#socket.write(octets);
    return new Promise((resolve) =>
      this.#waiting.set(id, () => {
        this.#heard = null;
        resolve({ octets, reply: Buffer.from(joinOctets(heard)) });
      }),
    );
  }

  /** Sends a learnt frame again; `done` when its reply has come again. One at a time. */
  repeat({ octets, reply }: Frame, done: () => void): void {
    this.#expected = reply;
    this.#onRepeated = done;
    this.#socket.write(octets);
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.destroy();
  }

  #flush(): void {
    const output = this.#association.takeOutput();
    if (output.length > 0) this.#socket.write(joinOctets(output));
  }

  #receive(octets: Buffer): void {
    if (this.#expected !== null) {
      this.#receiveRepeated(octets, this.#expected);
      return;
    }
    // The read buffer is used again; results are handed out as windows.
    const own = Buffer.from(octets);
    this.#heard?.push(own);
    this.#association.receive(own);
    for (const event of this.#association.takeEvents()) this.#event(event);
    this.#flush();
  }

  #receiveRepeated(octets: Buffer, expected: Buffer): void {
    let whole = octets;
    if (this.#partialBytes + octets.length < expected.length || this.#partialBytes > 0) {
      this.#partial.push(Buffer.from(octets));
      this.#partialBytes += octets.length;
      if (this.#partialBytes < expected.length) return;
      whole = Buffer.concat(this.#partial);
      this.#partial = [];
      this.#partialBytes = 0;
    }
    if (!whole.equals(expected)) throw new Error('the answer is another than the first one');
    const done = this.#onRepeated;
    this.#expected = null;
    this.#onRepeated = null;
    done?.();
  }

  #event(event: AssociationEvent): void {
    if (event.type === 'bound') {
      this.#onBound?.();
    } else if (event.type === 'result') {
      const done = this.#waiting.get(event.invokeId);
      this.#waiting.delete(event.invokeId);
      done?.(event.result);
    } else {
      throw new Error(`the server answered ${JSON.stringify(event)}`);
    }
  }

  #lost(detail: string): void {
    if (!this.#isClosing) throw new Error(`the association was lost: ${detail}`);
  }
}
