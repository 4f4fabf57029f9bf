/**
 * Kills the server while users submit through it, and holds the out boxes against what the MTA has
 * got and what the users were told. CRASH_CYCLES and CRASH_SEED set the length and repeat a failure.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import { type Random, seededRandom } from '../../src/base/random.js';
import {
  AbstractError,
  APPLICATION_CONTEXT,
  ATTRIBUTE,
  composeSubmission,
  UserAgent,
} from '../../src/client/index.js';
import {
  type AccessHost,
  AccessSession,
  type ServedAnswer,
} from '../../src/client/mts/access-session.js';
import { Listener } from '../../src/net/listener.js';
import type { MtsIdentifier } from '../../src/x411/identifiers.js';
import { orAddressKey } from '../../src/x411/or-address-key.js';
import { MessageSubmissionArgument, MessageSubmissionResult } from '../../src/x411/submission.js';
import {
  addressOf,
  freePort,
  MTA_NAME,
  MTA_PASSWORD,
  type TestServer,
  testServer,
  userAt,
} from '../support/server.js';

const CYCLES = Number(process.env.CRASH_CYCLES ?? 6);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);
const MAILBOXES = ['crash-a', 'crash-b'];
const SIZES = [10, 300, 2_000, 12_000, 60_000];
const OUTSTANDING = 6;
/** How long a start may take to put what was under way into the out box. */
const SETTLING_MAX_MS = 5_000;
const ELEMENT_NOT_SUBSCRIBED = 4;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What is known of one submission. */
interface Fact {
  readonly mailbox: string;
  /** How often the MTA has taken it. */
  taken: number;
  /** The identifier that the user was told; null: an error, or no answer yet. */
  told: string | null;
}

/** What an out box shows of one. */
interface Shown {
  readonly sequence: number;
  readonly identifier: string | null;
  readonly isInDoubt: boolean;
}

describe(`submissions under kills (seed ${SEED})`, () => {
  const facts = new Map<string, Fact>();
  let server: TestServer;
  let mta: Listener;
  let nextId = 1;
  let told = 0;

  /** Takes most of what comes, after a while; refuses some. */
  function take(argument: Uint8Array, random: Random): ServedAnswer {
    const { contentIdentifier } = decode(MessageSubmissionArgument, argument).envelope;
    const fact = facts.get(contentIdentifier ?? '');
    if (fact === undefined) throw new Error('nobody has submitted it');
    if (random.below(8) === 0) {
      return { kind: 'error', code: ELEMENT_NOT_SUBSCRIBED, parameter: null };
    }
    fact.taken += 1;
    const messageSubmissionIdentifier: MtsIdentifier = {
      globalDomainIdentifier: {
        countryName: { kind: 'printable', value: 'XX' },
        administrationDomainName: { kind: 'printable', value: 'ICAO' },
      },
      localIdentifier: `${contentIdentifier}.${fact.taken}`,
    };
    const result = encode(MessageSubmissionResult, {
      messageSubmissionIdentifier,
      messageSubmissionTime: '260101120000Z',
      extensions: [],
    });
    return { kind: 'result', result };
  }

  beforeAll(async () => {
    const port = await freePort();
    const random = seededRandom(SEED);
    const host: AccessHost = {
      name: MTA_NAME,
      password: MTA_PASSWORD,
      admit: (name) => Promise.resolve({ key: orAddressKey(name), isStore: true }),
      serve: async (_, argument) => {
        await pause(random.below(15));
        return take(argument, random);
      },
      bound: () => undefined,
      closed: () => undefined,
    };
    mta = await Listener.open({
      host: '127.0.0.1',
      port,
      handler: (driver) => new AccessSession(driver, host),
    });
    const store = '{ journalSegmentBytes: 1048576, checkpointIntervalMs: 300 }';
    const configuration = `shards: 1\nstore: ${store}`;
    server = await testServer(MAILBOXES, configuration, [], { mtsPort: port, keeps: MAILBOXES });
  });
  afterAll(async () => {
    await server.dispose();
    await mta.close();
  });

  const agent = (mailbox: string) =>
    UserAgent.connect({
      ...userAt(server.port, mailbox),
      applicationContext: APPLICATION_CONTEXT.msAccess94,
    });

  /** Until the server is dead. */
  async function submitAll(mailbox: string, random: Random): Promise<void> {
    const user = await agent(mailbox);
    const one = async (): Promise<never> => {
      for (;;) await submitOne(user, mailbox, random);
    };
    await Promise.all(Array.from({ length: OUTSTANDING }, one));
  }

  async function submitOne(user: UserAgent, mailbox: string, random: Random): Promise<void> {
    const id = `m${nextId}`;
    nextId += 1;
    const fact: Fact = { mailbox, taken: 0, told: null };
    facts.set(id, fact);
    const size = SIZES[random.below(SIZES.length)] ?? 0;
    const argument = composeSubmission({
      originator: addressOf(mailbox),
      recipients: [addressOf('elsewhere')],
      contentType: '2.6.3.3.0',
      content: Buffer.alloc(random.below(size) + 1, id),
      contentIdentifier: id,
    });
    try {
      fact.told = (await user.submit(argument)).identifier;
      told += 1;
    } catch (error) {
      // What the MTA refuses the user hears; what ends otherwise is the end of this life.
      const isRefusal = error instanceof AbstractError && error.code === ELEMENT_NOT_SUBSCRIBED;
      if (!isRefusal) throw error;
    }
  }

  async function outBox(mailbox: string): Promise<Map<string, Shown[]>> {
    const user = await agent(mailbox);
    const { contentIdentifier, messageIdentifier, submissionError } = ATTRIBUTE;
    const attributes = [contentIdentifier, messageIdentifier, submissionError];
    const shown = new Map<string, Shown[]>();
    for await (const entry of user.entries({ entryClass: 'submission', attributes })) {
      const id = entry.contentIdentifier ?? '';
      const { sequence, messageIdentifier: identifier } = entry;
      const isInDoubt = entry.attributes.has(submissionError);
      shown.set(id, [...(shown.get(id) ?? []), { sequence, identifier, isInDoubt }]);
    }
    await user.unbind();
    return shown;
  }

  function faultsOf(mailbox: string, shown: ReadonlyMap<string, readonly Shown[]>): string[] {
    const faults: string[] = [];
    for (const id of shown.keys()) if (!facts.has(id)) faults.push(`${id}: nobody submitted it`);
    for (const [id, fact] of facts) {
      if (fact.mailbox !== mailbox) continue;
      const entries = shown.get(id) ?? [];
      const [entry] = entries;
      if (entries.length > 1) faults.push(`${id}: is kept ${entries.length} times`);
      if (fact.taken > 1) faults.push(`${id}: the MTA has it ${fact.taken} times`);
      if (fact.taken > 0 && entry === undefined) faults.push(`${id}: sent, and not kept`);
      if (entry?.isInDoubt === (entry?.identifier !== null) && entry !== undefined)
        faults.push(`${id}: says neither or both of doubt and identifier`);
      if (entry?.isInDoubt === false && fact.taken === 0)
        faults.push(`${id}: kept as sent, and the MTA has it not`);
      if (fact.told !== null && entry?.identifier !== fact.told)
        faults.push(`${id}: told ${fact.told}, kept as ${entry?.identifier}`);
    }
    return faults;
  }

  async function judge(mailbox: string): Promise<string[]> {
    const end = performance.now() + SETTLING_MAX_MS;
    for (;;) {
      const faults = faultsOf(mailbox, await outBox(mailbox));
      if (faults.length === 0 || performance.now() > end) return faults;
      await pause(50);
    }
  }

  test(`after ${CYCLES} kills nothing was sent twice, and nothing sent is missing`, {
    timeout: 60_000 + CYCLES * 10_000,
  }, async () => {
    for (let kill = 1; kill <= CYCLES; kill += 1) {
      const random = seededRandom(SEED * 1_000 + kill);
      await server.start();
      const ended = Promise.allSettled(MAILBOXES.map((mailbox) => submitAll(mailbox, random)));
      const before = told;
      const goal = before + random.below(80);
      for (let waits = 0; waits < 400 && told <= goal; waits += 1) await pause(5);
      await server.kill();
      await ended;
      await server.start();
      const faults = (await Promise.all(MAILBOXES.map(judge))).flat();
      expect(faults, `after kill ${kill} of seed ${SEED}`).toEqual([]);
      await server.kill();
    }
    const [taken, open] = [
      [...facts.values()].filter((fact) => fact.taken > 0).length,
      [...facts.values()].filter((fact) => fact.taken > 0 && fact.told === null).length,
    ];
    console.log(`${CYCLES} kills: ${taken} taken by the MTA, ${told} told, ${open} unanswered`);
    expect(told).toBeGreaterThan(CYCLES * 3);
    // Otherwise no kill has met a submission between the MTA and the user.
    expect(open).toBeGreaterThan(0);
  });
});
