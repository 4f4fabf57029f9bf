/**
 * The loop of the demo: one user submits through the store to an MTA, which delivers to another
 * user of the same store and reports; that one reads it and says so; and the first sees in his out
 * box what became of it.
 *
 * Source: ours.
 */
import {
  APPLICATION_CONTEXT,
  ATTRIBUTE,
  CONTENT_TYPE,
  composeMessage,
  composeReceipt,
  composeSubmission,
  MtaServer,
  type SentState,
  sentMessages,
  UserAgent,
} from '../client/index.js';
import { DEFAULT_PASSWORD } from '../config/config.js';
import type { StoreProcess } from './store-process.js';
import { FLIGHT_PLAN } from './texts.js';

export type Print = (line: string) => void;

const HOST = '127.0.0.1';
const WAIT_MAX_MS = 20_000;
const POLL_MS = 20;
const SUBJECT = 'FPL RST431';

/** Rejects where something does not come to pass. */
export async function submitAndBeTold(store: StoreProcess, print: Print): Promise<void> {
  const [sender = '', reader = ''] = store.addresses;
  const mta = await MtaServer.open({
    port: store.mtsPort,
    name: 'MTA-1',
    password: DEFAULT_PASSWORD,
    stores: [{ host: HOST, port: store.port, name: 'MTA-1', password: DEFAULT_PASSWORD }],
  });
  try {
    const user = await agent(store, sender);
    await submit(user, sender, reader, print);
    await waitFor(user, 'delivered');
    await read(store, reader, print);
    await waitFor(user, 'read');
    for (const { sequence, subject, recipients } of await sentMessages(user)) {
      for (const { address, state } of recipients) {
        print(`P7  out box ${sequence}  ${subject}  to ${address}: ${state}`);
      }
    }
    await user.unbind();
  } finally {
    await mta.close();
  }
}

const agent = ({ port }: StoreProcess, address: string) =>
  UserAgent.connect({
    host: HOST,
    port,
    address,
    password: DEFAULT_PASSWORD,
    applicationContext: APPLICATION_CONTEXT.msAccess94,
  });

async function submit(
  user: UserAgent,
  originator: string,
  recipient: string,
  print: Print,
): Promise<void> {
  const content = composeMessage({
    originator,
    recipients: [recipient],
    subject: SUBJECT,
    requestsReceipt: true,
    parts: [{ kind: 'text', text: FLIGHT_PLAN }],
  });
  const argument = composeSubmission({
    originator,
    recipients: [{ address: recipient, report: 'report' }],
    contentType: CONTENT_TYPE.p22,
    content,
  });
  const fromMs = performance.now();
  const { identifier } = await user.submit(argument, { keep: 'submission' });
  const tookMs = (performance.now() - fromMs).toFixed(1);
  print(`P7  submitted ${SUBJECT}, a copy is kept: ${identifier} in ${tookMs} ms`);
}

/** Fetches what is new and answers with a notification, as a user does who has read it. */
async function read(store: StoreProcess, reader: string, print: Print): Promise<void> {
  const user = await agent(store, reader);
  const { content, subject } = ATTRIBUTE;
  const { entry } = await user.fetch({ status: 'new', attributes: [content, subject] });
  const receipt = entry?.content && composeReceipt(entry.content, reader);
  if (!receipt) throw new Error('not so: the message has arrived');
  const argument = composeSubmission({
    originator: reader,
    recipients: [{ address: receipt.originator, report: 'none' }],
    contentType: CONTENT_TYPE.p22,
    content: receipt.content,
  });
  await user.submit(argument);
  print(`P7  ${reader} has read "${entry.subject}", and says so`);
  await user.unbind();
}

/** Until a report or a notification has said it of every recipient. */
async function waitFor(user: UserAgent, state: SentState): Promise<void> {
  for (const end = performance.now() + WAIT_MAX_MS; performance.now() < end; ) {
    const [sent] = await sentMessages(user);
    if (sent?.recipients.every((recipient) => recipient.state === state)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`not so: the message is ${state}`);
}
