/** Operations that take many slices: what they see of what happens meanwhile, and who waits. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Asn1Type, decode, encode } from '../../src/asn1/type.js';
import type { Request } from '../../src/engine/contract.js';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import type { ShardStore } from '../../src/store/contract.js';
import { DeleteArgument, DeleteResult } from '../../src/x413/delete.js';
import { FetchArgument, FetchResult } from '../../src/x413/fetch.js';
import { ListArgument, ListResult } from '../../src/x413/list.js';
import { ModifyArgument, ModifyResult } from '../../src/x413/modify.js';
import { SummarizeArgument, SummarizeResult } from '../../src/x413/summarize.js';
import { mailboxId, openSample, temporaryDirectory } from '../store/samples.js';
import { AskedShard, hurryingClock } from '../support/asked-shard.js';
import { deliveryOf, ipm } from '../support/fixture-f1.js';
import { loose, numbers, present, teletex } from '../support/p7-user.js';

const COUNT = 60;
const HEADING = '2.6.1.7.0';
const NOTES = '2.6.4.3.58';
const [BOX, OTHER] = [mailboxId('box'), mailboxId('other')];
/** Only the message can tell. */
const filter = present(HEADING);
const all = { childEntries: false, filter };

describe('operations of many slices', () => {
  const directory = temporaryDirectory();
  let store: ShardStore;
  let shard: AskedShard;
  /** What was answered, in its order. */
  let order: string[];
  let delivered = 0;

  beforeAll(async () => {
    store = await openSample(directory);
    shard = new AskedShard(store, hurryingClock());
    await Promise.all(Array.from({ length: COUNT }, () => arrive(BOX)));
    await arrive(OTHER);
  });
  afterAll(async () => {
    shard.close();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function ask(name: string, request: Request): Promise<Uint8Array> {
    const result = await shard.resultOf(request);
    order.push(name);
    return result;
  }
  function arrive(mailbox: MailboxId, name = 'delivery') {
    order ??= [];
    delivered += 1;
    const content = ipm('box', { identifier: `m${delivered}`, subject: 'Alpha' });
    return ask(name, {
      kind: 'message-delivery',
      mailbox,
      argument: deliveryOf('box', { content }),
    });
  }
  const invoke = <T>(kind: Operation, type: Asn1Type<T>, argument: T, mailbox = BOX) =>
    ask(kind, { kind, mailbox, edition: '94', argument: encode(type, argument) });
  type Operation = 'list' | 'fetch' | 'delete' | 'modify' | 'summarize';
  const list = async (selector: ListArgument['selector'] = all) => {
    const requestedAttributes = [{ type: HEADING }];
    const argument = { entryClass: 0, selector, requestedAttributes };
    const { requested = [], next } = decode(
      ListResult,
      await invoke('list', ListArgument, argument),
    );
    return { numbers: requested.map(({ sequenceNumber }) => sequenceNumber), next };
  };
  const read = (mailbox: MailboxId) => {
    const item = { kind: 'precise', value: 1 } as const;
    return invoke('fetch', FetchArgument, { entryClass: 0, item }, mailbox);
  };
  const others = () => read(OTHER);

  test('others are served meanwhile, deliveries too; what is delivered is seen', async () => {
    order = [];
    // Whoever asks makes the list pause: it lasts longer than a slow disk takes for the delivery.
    const asking = setInterval(() => void others(), 1);
    const [{ numbers: found }] = await Promise.all([list(), others(), arrive(BOX)]);
    clearInterval(asking);
    expect(order[0]).toBe('fetch');
    expect(order.filter((name) => name !== 'fetch')).toEqual(['delivery', 'list']);
    expect(found).toEqual(Array.from({ length: COUNT + 1 }, (_, i) => i + 1));
  });

  test('while it is changed a mailbox is nobody else’s; who waited sees what came of it', async () => {
    order = [];
    const items = { kind: 'selector', value: { ...all, ...numbers(21, 40) } } as const;
    const [deleted, after] = await Promise.all([
      invoke('delete', DeleteArgument, { entryClass: 0, items }),
      list(),
      others(),
    ]);
    // The list may come first: what was deleted is gone from sight before that is on disk.
    expect(order[0]).toBe('fetch');
    const entriesDeleted = Array.from({ length: 20 }, (_, i) => i + 21);
    expect(decode(DeleteResult, deleted)).toEqual({ kind: 'result94', value: { entriesDeleted } });
    expect(after.numbers).toHaveLength(COUNT - 19);
  });

  test('downwards, limited, and counted', async () => {
    order = [];
    const { numbers: down, next } = await list({ ...all, ...numbers(61, 1), limit: 30 });
    const expected = Array.from({ length: 61 }, (_, i) => 61 - i).filter((n) => n <= 20 || n > 40);
    expect(down).toEqual(expected.slice(0, 30));
    expect(next).toBe(expected[30]);
    const argument = { entryClass: 0, selector: all, summaryRequests: ['2.6.1.7.7'] };
    const summary = decode(SummarizeResult, await invoke('summarize', SummarizeArgument, argument));
    expect(summary).toMatchObject({ count: 41, span: { lowest: 1, highest: 61 } });
  });

  test('a search by Fetch, and Modify', async () => {
    order = [];
    const item = { kind: 'search', value: all } as const;
    const found = await invoke('fetch', FetchArgument, { entryClass: 0, item });
    expect(decode(FetchResult, found).list).toHaveLength(40);
    const modifications = [
      loose({ kind: 'addAttribute', value: { type: NOTES, values: [teletex('seen')] } }),
    ];
    const entries = { kind: 'selector', value: all } as const;
    const [modified, noted] = await Promise.all([
      invoke('modify', ModifyArgument, { entryClass: 0, entries, modifications }),
      list({ childEntries: false, filter: present(NOTES) }),
    ]);
    expect(decode(ModifyResult, modified).entriesModified).toHaveLength(41);
    expect(noted.numbers).toHaveLength(41);
  });
});
