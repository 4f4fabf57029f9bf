/** What a shard answers when its store takes no changes, and what it tells others to do. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Asn1Type } from '../../src/asn1/type.js';
import { decode, encode } from '../../src/asn1/type.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import { NO_REGISTRATIONS, packRegistrations } from '../../src/shard/registrations.js';
import type { ShardStore } from '../../src/store/contract.js';
import { AlertArgument } from '../../src/x413/alert.js';
import { AUTO_ACTION } from '../../src/x413/auto-alert.js';
import { DeleteArgument } from '../../src/x413/delete.js';
import { ServiceErrorParameter } from '../../src/x413/errors.js';
import { ListArgument, ListResult } from '../../src/x413/list.js';
import { ModifyArgument } from '../../src/x413/modify.js';
import { RegisterMsArgument } from '../../src/x413/register.js';
import { deliver, mailboxId, openSample, temporaryDirectory } from '../store/samples.js';
import { AskedShard } from '../support/asked-shard.js';
import { deliveryOf, ipm } from '../support/fixture-f1.js';
import { autoAlert, loose, teletex } from '../support/p7-user.js';

const BOX = mailboxId('box');
const SUBJECT = '2.6.1.7.4';
const UNAVAILABLE = { kind: 'unavailable', detail: 'for the test' } as const;

describe('a shard', () => {
  let directory: string;
  let real: ShardStore;
  let isFailing: boolean;
  let shard: AskedShard;

  beforeEach(async () => {
    directory = temporaryDirectory();
    real = await openSample(directory);
    isFailing = false;
    shard = new AskedShard(failing(real));
  });
  afterEach(async () => {
    await real.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** The store, of which changes fail while `isFailing`. */
  function failing(store: ShardStore): ShardStore {
    return new Proxy(store, {
      get(target, name: keyof ShardStore) {
        const method = target[name];
        if (typeof method !== 'function') return method;
        if (!isFailing || (name !== 'remove' && name !== 'register')) return method.bind(target);
        return (...args: unknown[]) => (args.at(-1) as (outcome: object) => void)(UNAVAILABLE);
      },
    });
  }

  const ask = (request: Request) => shard.ask(request);
  type Operation = 'list' | 'delete' | 'modify' | 'register-ms';
  const invoke = <T>(kind: Operation, type: Asn1Type<T>, value: T): Promise<Reply> => {
    const request = { mailbox: BOX, edition: '94', argument: encode(type, value) } as const;
    return kind === 'register-ms'
      ? ask({ kind, ...request, passwordHash: '' })
      : ask({ kind, ...request });
  };
  const arrive = () => {
    const content = ipm('box', { identifier: 'one', subject: 'Alpha' });
    return ask({
      kind: 'message-delivery',
      mailbox: BOX,
      argument: deliveryOf('box', { content }),
    });
  };
  const list = async (...types: string[]) => {
    const selector = { childEntries: false };
    const argument = {
      entryClass: 0,
      selector,
      ...(types.length > 0 && { requestedAttributes: types.map((type) => ({ type })) }),
    };
    const reply = await invoke('list', ListArgument, argument);
    if (reply.kind !== 'result') throw new Error(JSON.stringify(reply));
    return decode(ListResult, reply.result).requested ?? [];
  };
  const isUnavailable = (reply: Reply) => {
    if (reply.kind !== 'error' || reply.parameter === null) return false;
    return reply.code === 27 && decode(ServiceErrorParameter, reply.parameter).problem === 1;
  };
  const numbers = (value: readonly number[]) => ({
    entryClass: 0,
    items: { kind: 'sequenceNumbers', value } as const,
  });

  test('a delete that the store does not take: unavailable, and nothing is gone', async () => {
    await arrive();
    await list(SUBJECT);
    isFailing = true;
    expect(isUnavailable(await invoke('delete', DeleteArgument, numbers([1])))).toBe(true);
    expect(await list()).toHaveLength(1);
    isFailing = false;
    expect((await invoke('delete', DeleteArgument, numbers([1]))).kind).toBe('result');
    expect(await list()).toHaveLength(0);
  });

  test('a registration that the store does not take is not in force', async () => {
    await arrive();
    isFailing = true;
    const registration = { listAttributeDefaults: [SUBJECT] };
    const refused = await invoke('register-ms', RegisterMsArgument, registration);
    expect(isUnavailable(refused)).toBe(true);
    isFailing = false;
    expect((await list())[0]?.attributes).toBeUndefined();
    await invoke('register-ms', RegisterMsArgument, registration);
    expect((await list())[0]?.attributes).toHaveLength(1);
  });

  test('a modification that the store does not take is not seen', async () => {
    await arrive();
    const note = { type: '2.6.4.3.58', values: [teletex('note')] };
    const argument = {
      entryClass: 0,
      entries: { kind: 'specificEntries', value: [1] },
      modifications: [loose({ kind: 'addAttribute', value: note })],
    } as const;
    isFailing = true;
    expect(isUnavailable(await invoke('modify', ModifyArgument, argument))).toBe(true);
    isFailing = false;
    expect((await list('2.6.4.3.58'))[0]?.attributes).toBeUndefined();
  });

  test('a Modify that leaves all notes as they are writes none of them', async () => {
    await arrive();
    const note = { type: '2.6.4.3.58', values: [teletex('a note')] };
    const argument = {
      entryClass: 0,
      entries: { kind: 'specificEntries', value: [1] },
      modifications: [loose({ kind: 'addAttribute', value: note })],
    } as const;
    expect((await invoke('modify', ModifyArgument, argument)).kind).toBe('result');
    isFailing = true;
    expect((await invoke('modify', ModifyArgument, argument)).kind).toBe('result');
    isFailing = false;
    expect((await list('2.6.4.3.58'))[0]?.attributes).toHaveLength(1);
  });

  test('registrations that cannot be read: mail comes in, and its user is told to wait', async () => {
    await new Promise((resolve) => {
      real.register(BOX, Uint8Array.of(0xc0), resolve);
      real.flush();
    });
    expect((await arrive()).kind).toBe('result');
    const argument = { entryClass: 0, selector: { childEntries: false } };
    expect(await invoke('list', ListArgument, argument)).toMatchObject({
      kind: 'failure',
      error: { kind: 'damage', code: 'registrations-unreadable' },
    });
    expect(await ask({ kind: 'credentials', mailbox: BOX })).toMatchObject({ kind: 'failure' });
  });

  test('a registration that no longer compiles alerts nobody, and harms nobody', async () => {
    const registrations = {
      ...NO_REGISTRATIONS,
      autoActions: [
        { type: AUTO_ACTION.autoAlert, identifier: 1, parameter: Uint8Array.of(5, 0) },
        { type: AUTO_ACTION.autoAlert, identifier: 2, parameter: null },
      ],
    };
    await new Promise((resolve) => {
      real.register(BOX, packRegistrations(registrations), resolve);
      real.flush();
    });
    const reply = await arrive();
    const effects = reply.kind === 'result' ? (reply.effects ?? []) : [];
    const [octets = new Uint8Array(0)] = effects.map(({ argument }) => argument['94']);
    expect(effects).toHaveLength(1);
    expect(decode(AlertArgument, octets).alertRegistrationIdentifier).toBe(2);
  });

  test('a delivery says whom to alert; a repetition does not, and neither does a bind', async () => {
    const alert = autoAlert(7, { requestedAttributes: [{ type: SUBJECT }] });
    await invoke('register-ms', RegisterMsArgument, { autoActionRegistrations: [alert] });
    const content = ipm('box', { identifier: 'one', subject: 'Alpha' });
    const argument = deliveryOf('box', { content });
    const delivery = { kind: 'message-delivery', mailbox: BOX, argument } as const;
    const reply = await ask(delivery);
    const effects = reply.kind === 'result' ? (reply.effects ?? []) : [];
    expect(effects.map(({ mailbox, sequence }) => [mailbox, sequence])).toEqual([[BOX, 1]]);
    const octets = effects[0]?.argument['88'] ?? new Uint8Array(0);
    expect(decode(AlertArgument, octets)).toMatchObject({ alertRegistrationIdentifier: 7 });
    const again = await ask(delivery);
    expect(again.kind === 'result' && again.effects).toBe(undefined);
    const bind = { kind: 'bind', mailbox: BOX, securityContext: [], userAgent: null } as const;
    const state = async () => {
      const bound = await ask(bind);
      return bound.kind === 'result' ? JSON.parse(Buffer.from(bound.result).toString()) : null;
    };
    expect(await state()).toMatchObject({ isAlertPending: true });
    expect(await state()).toMatchObject({ isAlertPending: false });
  });

  test('who binds does not wait for a large mailbox that is being read; who lists does', async () => {
    for (let i = 0; i < 30; i += 1) {
      await Promise.all(Array.from({ length: 100 }, () => deliver(real)));
    }
    await real.close();
    rmSync(join(directory, 'shards/0/index.lmdb'));
    real = await openSample(directory);
    shard = new AskedShard(real);
    const order: string[] = [];
    const listed = invoke('list', ListArgument, {
      entryClass: 0,
      selector: { childEntries: false, limit: 1 },
    }).then(({ kind }) => order.push(`list ${kind}`));
    const request = { kind: 'bind', mailbox: BOX, securityContext: [], userAgent: null } as const;
    await ask(request).then(({ kind }) => order.push(`bind ${kind}`));
    expect(order).toEqual(['bind result']);
    await listed;
    expect(order).toEqual(['bind result', 'list result']);
  });
});
