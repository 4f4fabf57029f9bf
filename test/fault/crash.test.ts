/**
 * Kills the server at random moments under load and compares what is there afterwards with what
 * was acknowledged. CRASH_CYCLES and CRASH_SEED set the length and repeat a failure.
 *
 * Held against it: every acknowledged message is there once with the octets delivered, unless its
 * deletion was asked for; a message whose deletion was acknowledged stays gone; a sequence number
 * never means two messages.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../src/base/random.js';
import { composeDelivery, MtaLink, UserAgent } from '../../src/client/index.js';
import {
  addressOf,
  MTA_NAME,
  MTA_PASSWORD,
  type TestServer,
  testServer,
  USER_PASSWORD,
} from '../support/server.js';

const CYCLES = Number(process.env.CRASH_CYCLES ?? 50);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);
const MAILBOXES = ['crash-a', 'crash-b', 'crash-c'];
const LINKS = 4;
const CONTENT = '2.6.4.3.1';
const MESSAGE_IDENTIFIER = '2.6.4.3.19';

interface Told {
  readonly mailbox: string;
  readonly hash: string;
  isAcknowledged: boolean;
  deletion: 'none' | 'asked' | 'acknowledged';
}

const hashOf = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');

describe(`crash (seed ${SEED})`, () => {
  let server: TestServer;
  /** By local identifier, which each content carries and nobody else has. */
  const told = new Map<string, Told>();
  /** Which message a mailbox's sequence number was ever seen to mean. */
  const meaning = new Map<string, string>();

  beforeAll(async () => {
    server = await testServer(MAILBOXES, 'store: { journalSegmentBytes: 4194304 }');
  });
  afterAll(() => server.dispose());

  const agent = (mailbox: string) =>
    UserAgent.connect({
      host: '127.0.0.1',
      port: server.port,
      address: addressOf(mailbox),
      password: USER_PASSWORD,
    });

  async function deliverUntilDead(random: Random, cycle: number, link: number): Promise<void> {
    const mta = await MtaLink.connect({
      host: '127.0.0.1',
      port: server.port,
      name: MTA_NAME,
      password: MTA_PASSWORD,
    });
    for (let count = 0; ; count += 1) {
      const mailbox = MAILBOXES[random.below(MAILBOXES.length)] as string;
      const identifier = `${cycle}.${link}.${count}`;
      const content = Uint8Array.from([
        ...Buffer.from(`${identifier}|`),
        ...random.octets(random.below(20_000)),
      ]);
      const entry: Told = {
        mailbox,
        hash: hashOf(content),
        isAcknowledged: false,
        deletion: 'none',
      };
      told.set(identifier, entry);
      await mta.deliver(
        composeDelivery({
          recipient: addressOf(mailbox),
          originator: addressOf('sender'),
          contentType: '2.6.3.3.0',
          content,
          localIdentifier: identifier,
        }),
      );
      entry.isAcknowledged = true;
    }
  }

  async function collectUntilDead(random: Random): Promise<void> {
    for (;;) {
      const mailbox = MAILBOXES[random.below(MAILBOXES.length)] as string;
      const user = await agent(mailbox);
      const { entries } = await user.list({ limit: 20, attributes: [MESSAGE_IDENTIFIER] });
      for (const { sequence } of entries.filter(() => random.below(3) === 0)) {
        const identifier = await identifierOf(user, sequence);
        const entry = told.get(identifier);
        if (entry === undefined || entry.deletion !== 'none') continue;
        entry.deletion = 'asked';
        await user.remove([sequence]);
        entry.deletion = 'acknowledged';
      }
      await user.unbind();
    }
  }

  async function contentOf(user: UserAgent, sequence: number): Promise<Uint8Array> {
    const { entry } = await user.fetch({ sequence, attributes: [CONTENT] });
    const value = entry?.attributes.get(CONTENT)?.[0] as Uint8Array;
    return octetStringContent(value);
  }

  async function identifierOf(user: UserAgent, sequence: number): Promise<string> {
    return textBefore(await contentOf(user, sequence));
  }

  async function verify(mailbox: string): Promise<string[]> {
    const faults: string[] = [];
    const user = await agent(mailbox);
    const found = new Map<string, number>();
    let from: number | undefined = 1;
    while (from !== undefined) {
      const page: Awaited<ReturnType<UserAgent['list']>> = await user.list({
        range: { from },
        attributes: [],
      });
      for (const { sequence } of page.entries) {
        const content = await contentOf(user, sequence);
        const identifier = textBefore(content);
        const entry = told.get(identifier);
        if (entry === undefined) faults.push(`${mailbox} ${sequence}: nobody sent it`);
        else if (hashOf(content) !== entry.hash)
          faults.push(`${mailbox} ${sequence}: other octets`);
        else if (entry.deletion === 'acknowledged')
          faults.push(`${identifier}: back after its deletion`);
        if (found.has(identifier)) faults.push(`${identifier}: there twice`);
        found.set(identifier, sequence);
        const key = `${mailbox}/${sequence}`;
        const before = meaning.get(key) ?? identifier;
        if (before !== identifier) faults.push(`${key}: was ${before}, is ${identifier}`);
        meaning.set(key, identifier);
      }
      from = page.next;
    }
    for (const [identifier, entry] of told) {
      if (entry.mailbox !== mailbox || !entry.isAcknowledged || found.has(identifier)) continue;
      if (entry.deletion === 'none') faults.push(`${identifier}: acknowledged and lost`);
      else entry.deletion = 'acknowledged';
    }
    await user.unbind();
    return faults;
  }

  test(`${CYCLES} kills lose, double and resurrect nothing`, {
    timeout: 60_000 + CYCLES * 10_000,
  }, async () => {
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const random = seededRandom(SEED * 1_000 + cycle);
      await server.start();
      const load = [
        ...Array.from({ length: LINKS }, (_, link) =>
          deliverUntilDead(seededRandom(SEED * 7 + cycle * 64 + link), cycle, link),
        ),
        collectUntilDead(seededRandom(SEED * 11 + cycle)),
      ];
      const ended = Promise.allSettled(load);
      await new Promise((resolve) => setTimeout(resolve, 120 + random.below(500)));
      await server.kill();
      await ended;
      if (cycle % 5 !== 4 && cycle !== CYCLES - 1) continue;
      await server.start();
      const faults = (await Promise.all(MAILBOXES.map(verify))).flat();
      expect(faults, `after cycle ${cycle} of seed ${SEED}`).toEqual([]);
      await server.kill();
    }
    const acknowledged = [...told.values()].filter((entry) => entry.isAcknowledged);
    const deleted = acknowledged.filter((entry) => entry.deletion === 'acknowledged');
    console.log(
      `${CYCLES} kills, ${acknowledged.length} acknowledged deliveries, ${deleted.length} deletions`,
    );
    expect(acknowledged.length).toBeGreaterThan(CYCLES * 4);
    expect(deleted.length).toBeGreaterThan(0);
  });
});

/** The contents of an OCTET STRING in definite form, as our server writes it. */
function octetStringContent(element: Uint8Array): Uint8Array {
  const first = element[1] ?? 0;
  return element.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
}

function textBefore(content: Uint8Array): string {
  return Buffer.from(content.subarray(0, Math.max(0, content.indexOf(0x7c)))).toString('latin1');
}
