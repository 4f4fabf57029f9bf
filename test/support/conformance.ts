/** One server for a file of conformance tests, with as many mailboxes as the tests take. */
import type { Edition } from '../../src/x413/common.js';
import { deliverF1, type F1 } from './fixture-f1.js';
import { type BindOptions, P7User } from './p7-user.js';
import { type Outgoing, type TestServer, testServer } from './server.js';

/** Rows of edition "both" are shown in each. */
export const EDITIONS: readonly Edition[] = ['88', '94'];

export interface Bench {
  readonly server: TestServer;
  /** A mailbox that no test has used. */
  empty(): string;
  /** A mailbox with the fixture, and a user bound to it. */
  f1(options?: BindOptions): Promise<F1 & { readonly mailbox: string; readonly user: P7User }>;
  dispose(): Promise<void>;
}

/** `extra`: lines of the configuration beyond the usual ones. */
export async function conformanceBench(
  mailboxCount: number,
  extra = '',
  outgoing: Outgoing = {},
): Promise<Bench> {
  const names = Array.from({ length: mailboxCount }, (_, i) => `box${i}`);
  // A small journal: preallocating a large one takes longer than the tests.
  const configuration = `store:\n  journalSegmentBytes: 4194304\n${extra}`;
  const server = await testServer(names, configuration, [], outgoing);
  await server.start();
  const users: P7User[] = [];
  const empty = () => {
    const mailbox = names.shift();
    if (mailbox === undefined) throw new Error('the bench has too few mailboxes');
    return mailbox;
  };
  return {
    server,
    empty,
    f1: async (options) => {
      const mailbox = empty();
      const numbers = await deliverF1(server, mailbox);
      const user = await P7User.bind(server, mailbox, options);
      users.push(user);
      return { ...numbers, mailbox, user };
    },
    dispose: async () => {
      for (const user of users) user.abort();
      await server.dispose();
    },
  };
}
