/** What stands before the shards: routing, queues, and the death of a thread. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Notice, Reply } from '../../src/engine/contract.js';
import { type MailboxId, parseMailboxId, shardOf, slotOf } from '../../src/engine/mailbox-id.js';
import { Router } from '../../src/engine/router.js';

const WORKER = new URL('./worker-that-dies.mjs', import.meta.url);
const IDS = Array.from({ length: 40 }, (_, i) => parseMailboxId(`box-${i}`) as MailboxId);

let router: Router;
const deaths: [shard: number, epoch: number][] = [];
const notices: [shard: number, notice: Notice][] = [];

async function started(shardCount: number, directory = 'none'): Promise<void> {
  deaths.length = 0;
  notices.length = 0;
  router = new Router({
    directory,
    shardCount,
    journalSegmentBytes: 1,
    checkpointIntervalMs: 1,
    scrubBytesPerSecond: 0,
    worker: WORKER,
    onDeath: (shard, epoch) => deaths.push([shard, epoch]),
    onNotice: (shard, notice) => notices.push([shard, notice]),
    onEffect: () => undefined,
  });
  await router.start();
}

function asked(mailbox: MailboxId, wish: string): Promise<string> {
  return new Promise((resolve) => {
    const argument = Buffer.from(wish);
    router.request({ kind: 'message-delivery', mailbox, argument }, (reply: Reply) =>
      resolve(reply.kind === 'result' ? Buffer.from(reply.result).toString() : reply.kind),
    );
  });
}

const boxOf = (shard: number, shardCount: number) =>
  IDS.find((id) => shardOf(slotOf(id), shardCount) === shard) as MailboxId;

describe('router', () => {
  afterEach(() => router.close());

  test('a mailbox is asked on the shard of its slot, and answers come in order', async () => {
    await started(3);
    const answers = await Promise.all(IDS.map((id, at) => asked(id, `wish ${at}`)));
    expect(answers).toEqual(IDS.map((id, at) => `wish ${at} ${shardOf(slotOf(id), 3)}.1`));
  });

  test('a thread that dies fails what it was asked, comes back, and others never notice', async () => {
    await started(2);
    const [first, second] = [boxOf(0, 2), boxOf(1, 2)];
    const waiting = asked(first, 'silence');
    const before = asked(second, 'silence');
    let isOtherSettled = false;
    void before.then(() => {
      isOtherSettled = true;
    });
    expect(await asked(first, 'die')).toBe('failure');
    expect(await waiting).toBe('failure');
    expect(deaths).toEqual([[0, 1]]);
    // What is asked while it is dead waits for its next life.
    expect(await asked(first, 'again')).toBe('again 0.2');
    expect(await asked(second, 'still')).toBe('still 1.1');
    expect(isOtherSettled).toBe(false);
  });

  test('what a shard tells the operator arrives with its number', async () => {
    await started(2);
    await asked(boxOf(1, 2), 'notice');
    expect(notices.map(([shard, { event }]) => [shard, event])).toEqual([[1, 'a.notice']]);
  });

  test('a bug in who takes a reply is told, and others get theirs', async () => {
    await started(1);
    const [id] = IDS as [MailboxId];
    const argument = Buffer.from('wish');
    router.request({ kind: 'message-delivery', mailbox: id, argument }, () => {
      throw new TypeError('not expected');
    });
    expect(await asked(id, 'other')).toBe('other 0.1');
    expect(notices.map(([, { event, fields }]) => [event, fields.detail])).toEqual([
      ['front-end.fault', 'not expected'],
    ]);
  });

  test('a shard with too much before it has no room, and says when it has again', async () => {
    await started(1);
    const [id] = IDS as [MailboxId];
    const large = Buffer.alloc(48 << 20, 'x');
    const done: Promise<void>[] = [];
    for (let i = 0; i < 3; i += 1) {
      expect(router.hasRoom(id)).toBe(true);
      done.push(
        new Promise((resolve) => {
          const request = { kind: 'message-delivery', mailbox: id, argument: large } as const;
          router.request(request, () => resolve());
        }),
      );
    }
    expect(router.hasRoom(id)).toBe(false);
    await new Promise<void>((resolve) => router.onRoom(resolve));
    expect(router.hasRoom(id)).toBe(true);
    await Promise.all(done);
  });
});

test('a shard that cannot start says so', async () => {
  await expect(started(1, 'fails')).rejects.toThrow('no disk');
  await router.close();
});
