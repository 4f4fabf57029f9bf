/**
 * The mailbox that most rows of the semantics checklist begin with: seven entries, all new.
 *
 *     n1  IPM P22, subject "Alpha", normal, one ia5-text part, rn and nrn asked for
 *     n2  IPM, subject "Beta", urgent, one message body part
 *     n3    its child, subject "Inner"
 *     n4  delivery report with returned content
 *     n5    its child
 *     n6  receipt notification
 *     n7  P772 message, primary precedence flash, two SICs
 */
import { decode, encode } from '../../src/asn1/type.js';
import { composeDelivery, composeReport, MtaLink } from '../../src/client/index.js';
import { MessageDeliveryArgument } from '../../src/x411/delivery.js';
import { parseOrAddress } from '../../src/x411/or-address-text.js';
import { keepOrName } from '../../src/x411/or-name.js';
import { ia5TextPart, messagePart } from '../../src/x420/body-part.js';
import {
  composeIpm,
  composeIpn,
  type IpmOptions,
  ipmOfContent,
  militaryExtensions,
} from '../../src/x420/compose.js';
import { IPM_CONTENT_TYPE } from '../../src/x420/ipm.js';
import { addressOf, MTA_PASSWORD, mtaOf, type TestServer } from './server.js';

export interface F1 {
  readonly n1: number;
  readonly n2: number;
  readonly n3: number;
  readonly n4: number;
  readonly n5: number;
  readonly n6: number;
  readonly n7: number;
}

export const SENDER = addressOf('sender');

export function orName(address: string) {
  const parsed = parseOrAddress(address);
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  return parsed.name;
}

/** An IPM to the mailbox; by default with one ia5-text part. */
export function ipm(mailbox: string, options: Partial<IpmOptions> & { identifier: string }) {
  return composeIpm({
    originator: orName(SENDER),
    to: [orName(addressOf(mailbox))],
    body: [ia5TextPart('text')],
    ...options,
  });
}

export const F1_CONTENT = {
  n1: (mailbox: string) =>
    ipm(mailbox, { identifier: 'one', subject: 'Alpha', notificationRequests: [0, 1] }),
  inner: (mailbox: string) => ipm(mailbox, { identifier: 'inner', subject: 'Inner' }),
  n2: (mailbox: string) =>
    ipm(mailbox, {
      identifier: 'two',
      subject: 'Beta',
      body: [messagePart(ipmOfContent(F1_CONTENT.inner(mailbox)))],
    }),
  n6: (mailbox: string) =>
    composeIpn({
      subjectIpm: {
        user: keepOrName(orName(addressOf(mailbox))),
        userRelativeIdentifier: 'sent',
      },
      ipnOriginator: { formalName: keepOrName(orName(SENDER)) },
      fields: { kind: 'receipt', value: { receiptTime: '260101120000Z' } },
    }),
  n7: (mailbox: string) =>
    ipm(mailbox, {
      identifier: 'seven',
      subject: 'Gamma',
      extensions: militaryExtensions({ primaryPrecedence: 4, sics: ['ABC', 'DEF'] }),
    }),
};

/** An MTA that reports to the mailbox. */
export function mtaLink(server: TestServer, mailbox: string): Promise<MtaLink> {
  const { port } = server;
  return MtaLink.connect({
    host: '127.0.0.1',
    port,
    name: mtaOf(mailbox),
    password: MTA_PASSWORD,
  });
}

type Fields = MessageDeliveryArgument['otherFields'];

export interface Delivered {
  readonly content: Uint8Array;
  /** Fields of the envelope beyond those below. */
  readonly fields?: Partial<Fields>;
  readonly contentType?: string;
  readonly priority?: 'normal' | 'urgent' | 'non-urgent';
  readonly originator?: string;
  readonly contentIdentifier?: string;
  /** Unix seconds. */
  readonly submissionTime?: number;
}

export async function deliver(mta: MtaLink, mailbox: string, message: Delivered): Promise<void> {
  await mta.deliver(deliveryOf(mailbox, message));
}

/** The MessageDeliveryArgument. */
export function deliveryOf(mailbox: string, { fields, ...message }: Delivered): Uint8Array {
  const octets = composeDelivery({
    recipient: addressOf(mailbox),
    originator: SENDER,
    contentType: IPM_CONTENT_TYPE.p22,
    ...message,
  });
  if (fields === undefined) return octets;
  const argument = decode(MessageDeliveryArgument, octets);
  const otherFields = { ...argument.otherFields, ...fields };
  return encode(MessageDeliveryArgument, { ...argument, otherFields });
}

/** Delivers F1 into an empty mailbox. */
export async function deliverF1(server: TestServer, mailbox: string): Promise<F1> {
  const mta = await mtaLink(server, mailbox);
  await deliver(mta, mailbox, { content: F1_CONTENT.n1(mailbox), contentIdentifier: 'first' });
  await deliver(mta, mailbox, { content: F1_CONTENT.n2(mailbox), priority: 'urgent' });
  await mta.report(
    composeReport({
      recipient: addressOf('elsewhere'),
      outcome: 'delivery',
      contentType: IPM_CONTENT_TYPE.p22,
      returnedContent: F1_CONTENT.n1(mailbox),
    }),
  );
  await deliver(mta, mailbox, { content: F1_CONTENT.n6(mailbox) });
  const contentType = IPM_CONTENT_TYPE.p772;
  await deliver(mta, mailbox, { content: F1_CONTENT.n7(mailbox), contentType });
  await mta.unbind();
  // Numbers are given without gaps to a mailbox that nobody else delivers to.
  return { n1: 1, n2: 2, n3: 3, n4: 4, n5: 5, n6: 6, n7: 7 };
}
