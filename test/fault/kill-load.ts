/**
 * The load of the kill campaign, over TCP as any peer makes it, and the view on a mailbox that the
 * ledger judges. Whatever a kill interrupts stays open in the ledger: sent and not answered.
 */
import type { Random } from '../../src/base/random.js';
import { composeDelivery, MtaLink, UserAgent } from '../../src/client/index.js';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import type { NewMessage } from '../../src/store/contract.js';
import { type Entry, sequenceNumber } from '../../src/x413/entry.js';
import { mailboxId, newEntry } from '../store/samples.js';
import { addressOf, MTA_NAME, MTA_PASSWORD, USER_PASSWORD } from '../support/server.js';
import { type Fact, identityOf, type Ledger, type TestedMailbox } from './ledger.js';

export const MAILBOXES = ['crash-a', 'crash-b', 'crash-c'].map(mailboxId);
const CONTENT = '2.6.4.3.1';
const SIZES = [50, 300, 2_000, 12_000, 60_000];
/** Deliveries that one association has under way at once. */
const OUTSTANDING = 4;
/** What a judged mailbox keeps, so that judging does not take longer each time. */
const KEPT_MAX = 60;

const host = '127.0.0.1';

function pick<T>(random: Random, all: readonly T[]): T {
  const one = all[random.below(all.length)];
  if (one === undefined) throw new Error('there is nothing to pick from');
  return one;
}

/** The content alone is compared: the store adds to the envelope what it must. */
function messageOf(id: string, random: Random): NewMessage {
  const content = Buffer.concat([
    Buffer.from(`${id}|`),
    Buffer.alloc(random.below(pick(random, SIZES)), random.uint32() & 0xff),
  ]);
  return { envelope: content, content: null, entries: [newEntry()], deliveryIdentifier: null };
}

export class KillLoad {
  readonly #ledger: Ledger;
  readonly #port: number;
  #nextId = 1;
  delivered = 0;
  removed = 0;
  read = 0;

  constructor(ledger: Ledger, port: number) {
    this.#ledger = ledger;
    this.#port = port;
  }

  /** Until the server is dead. Never rejects. */
  async run(random: Random): Promise<void> {
    const seeds = Array.from({ length: 6 }, () => random.uint32());
    const parts = [
      ...seeds.slice(0, 3).map((_, link) => this.#deliver(random, link)),
      ...seeds.slice(3).map(() => this.#collect(random)),
    ];
    await Promise.allSettled(parts);
  }

  /** Until so much more was answered, or the time is over. */
  async answers(count: number, timeMs: number): Promise<void> {
    const goal = this.#answered + count;
    const end = performance.now() + timeMs;
    while (this.#answered < goal && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 2));
  }

  get #answered(): number {
    return this.delivered + this.removed + this.read;
  }

  agent(mailbox: MailboxId): Promise<UserAgent> {
    const address = addressOf(mailbox);
    return UserAgent.connect({ host, port: this.#port, address, password: USER_PASSWORD });
  }

  async #deliver(random: Random, link: number): Promise<void> {
    const port = this.#port;
    const mta = await MtaLink.connect({ host, port, name: MTA_NAME, password: MTA_PASSWORD });
    // As an MTA does: first what was sent and not answered, then what is new.
    const again = [...this.#ledger.facts.values()].filter(
      (fact, i) => i % 3 === link && (fact.state === 'offered' || fact.state === 'refused'),
    );
    const one = async (): Promise<never> => {
      for (;;) await this.#send(mta, again.pop() ?? this.#offer(random));
    };
    await Promise.all(Array.from({ length: OUTSTANDING }, one));
  }

  #offer(random: Random): Fact {
    const id = `m${this.#nextId}`;
    this.#nextId += 1;
    return this.#ledger.offer(id, pick(random, MAILBOXES), messageOf(id, random));
  }

  async #send(mta: MtaLink, fact: Fact): Promise<void> {
    await mta.deliver(
      composeDelivery({
        recipient: addressOf(fact.mailbox),
        originator: addressOf('sender'),
        contentType: '2.6.3.3.0',
        content: fact.message.envelope,
        localIdentifier: fact.id,
      }),
    );
    fact.state = 'present';
    this.delivered += 1;
  }

  /** Lists, fetches, compares, deletes; one mailbox after the other. */
  async #collect(random: Random): Promise<void> {
    for (;;) {
      const user = await this.agent(pick(random, MAILBOXES));
      const { entries } = await user.list({ limit: 12, attributes: [] });
      await user.summarize();
      const chosen = entries.filter(() => random.below(3) === 0);
      await Promise.all(chosen.map(({ sequence }) => this.#process(user, sequence)));
      await user.unbind();
    }
  }

  async #process(user: UserAgent, sequence: number): Promise<void> {
    const content = await contentOf(user, sequence);
    // Another collector may have been faster.
    if (content === null) return;
    this.read += 1;
    const fact = this.#ledger.facts.get(identityOf(content));
    // What the MTA may send again is left alone: its answer is still open.
    if (fact === undefined || fact.state !== 'present' || fact.isRemovalAsked) return;
    await this.#remove(user, [fact], [sequence]);
  }

  async #remove(user: UserAgent, facts: readonly Fact[], sequences: number[]): Promise<void> {
    for (const fact of facts) fact.isRemovalAsked = true;
    await user.remove(sequences);
    for (const fact of facts) this.#ledger.removed(fact);
    this.removed += facts.length;
  }

  /** Everything that a mailbox shows, judged; then most of it removed. */
  async judge(mailbox: MailboxId): Promise<string[]> {
    const user = await this.agent(mailbox);
    const view = await viewOf(user, mailbox);
    const faults = this.#ledger.judge(view, true);
    const surplus = this.#ledger.present(mailbox).slice(KEPT_MAX);
    const sequences = surplus.flatMap(({ sequence }) => (sequence === null ? [] : [sequence]));
    if (sequences.length > 0) await this.#remove(user, surplus, sequences);
    await user.unbind();
    return faults;
  }
}

/** Null where it is gone. */
async function contentOf(user: UserAgent, sequence: number): Promise<Uint8Array | null> {
  const { entry } = await user.fetch({ sequence, attributes: [CONTENT] });
  const value = entry?.attributes.get(CONTENT)?.[0];
  return value instanceof Uint8Array ? octetStringContent(value) : null;
}

/** The mailbox as P7 shows it. */
async function viewOf(user: UserAgent, id: MailboxId): Promise<TestedMailbox> {
  const contents = new Map<number, Uint8Array>();
  for (let from: number | undefined = 1; from !== undefined; ) {
    const page: Awaited<ReturnType<UserAgent['list']>> = await user.list({
      range: { from },
      attributes: [],
    });
    const read = page.entries.map(async ({ sequence }) => {
      contents.set(sequence, (await contentOf(user, sequence)) ?? new Uint8Array(0));
    });
    await Promise.all(read);
    from = page.next;
  }
  const entry = (sequence: number): Entry | null => {
    if (!contents.has(sequence)) return null;
    const { parentIndex: _, ...facts } = newEntry();
    const family = { sequence: sequenceNumber(sequence), parent: 0, children: [] };
    return { ...facts, ...family, status: 'new', conveyed: 0 };
  };
  return {
    id,
    count: (await user.summarize()).count,
    entry,
    scan: function* () {
      for (const sequence of [...contents.keys()].sort((a, b) => a - b)) {
        const one = entry(sequence);
        if (one !== null) yield one;
      }
    },
    read: (sequence) => ({ envelope: contents.get(sequence) ?? new Uint8Array(0), content: null }),
  };
}

/** The contents of an OCTET STRING in definite form, as our server writes it. */
function octetStringContent(element: Uint8Array): Uint8Array {
  const first = element[1] ?? 0;
  return element.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
}
