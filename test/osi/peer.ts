/** A stack of ours and the octets that a peer says to it: what comes back, and what follows. */
import { formatHex, joinOctets } from '../../src/base/octets.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { Association, type AssociationOptions } from '../../src/osi/stack.js';
import { connect, contextItem, element, octets, userData } from './ber.js';

/** A TPKT around a TPDU. */
export function tpkt(tpdu: string): string {
  const body = tpdu.replaceAll(' ', '');
  return `0300${(4 + body.length / 2).toString(16).padStart(4, '0')}${body}`;
}

/** A whole TSDU in one DT. */
export const dt = (tsdu: string) => tpkt(`02f080${tsdu}`);

/** An SPDU of short length. */
export function spdu(si: string, ...parameters: string[]): string {
  const content = parameters.join('').replaceAll(' ', '');
  const length = content.length / 2;
  const digits = length.toString(16).padStart(length < 255 ? 2 : 4, '0');
  return `${si}${length < 255 ? digits : `ff${digits}`}${content}`;
}

/** Data: an empty GT, then DT. */
export const data = (ppdu: string) => dt(`01000100${ppdu}`);

export const CR = tpkt('0d e0 0000 0001 00 c0010d c202 4d53');
export const CC = tpkt('0d d0 0001 0001 00 c0010d c202 4d53');
const CONTEXTS = [
  contextItem(1, '060452010001'),
  contextItem(3, '060456000209'),
  contextItem(5, '060456000205'),
];
const INFORMATION = element('be', element('28', '020103', element('a0', 'b0023100')));
export const AARQ = element('60', 'a106060456000104', INFORMATION);
export const CP = connect(CONTEXTS, userData(1, AARQ));
/** The connect item and requirements of a plain CONNECT. */
export const ITEM = '0506 130100 160102 14020002'.replaceAll(' ', '');
export const CN = dt(spdu('0d', ITEM, userDataParameter(CP)));
export const FN = dt(spdu('09', '110101', userDataParameter(userData(1, '6203800100'))));

export function userDataParameter(ppdu: string): string {
  const length = ppdu.length / 2;
  const digits = length.toString(16).padStart(length < 255 ? 2 : 4, '0');
  return `c1${length < 255 ? digits : `ff${digits}`}${ppdu}`;
}

export interface Answer {
  /** Everything that went back, as hexadecimal. */
  readonly said: string;
  readonly isClosing: boolean;
  readonly told: AssociationEvent[];
}

/** A responder of ours that accepts what asks well, or, with `refusal`, refuses it. */
export class Responder {
  readonly stack: Association;

  constructor(options: Partial<AssociationOptions> = {}) {
    this.stack = new Association({ role: 'responder', tpduBytes: 8_192, ...options });
  }

  hear(...packets: string[]): Answer {
    const told: AssociationEvent[] = [];
    for (const packet of packets) {
      this.stack.receive(octets(packet));
      for (const event of this.stack.takeEvents()) {
        told.push(event);
        if (event.type !== 'bind') continue;
        const syntaxes = event.contexts.map(({ abstractSyntax }) => abstractSyntax);
        this.stack.bindResult(syntaxes, octets('3100'));
      }
    }
    const said = formatHex(joinOctets(this.stack.takeOutput()));
    return { said, isClosing: this.stack.wantsClose, told };
  }

  /** In an association: what follows answers only what comes now. */
  static bound(): Responder {
    const responder = new Responder();
    responder.hear(CR, CN);
    return responder;
  }
}

/** An initiator of ours that has said what it says first, and waits. */
export function initiator(packets: readonly string[] = []): Responder {
  const initiating = new Responder({ role: 'initiator' });
  initiating.stack.bind({
    applicationContext: '2.6.0.1.4',
    bindSyntax: '2.6.0.2.9',
    operationSyntaxes: ['2.6.0.2.5'],
    addresses: {},
    argument: octets('3100'),
  });
  initiating.hear(...packets);
  return initiating;
}
