/** What is read from files lies where a later turn reads others: nothing may be kept as a window. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import type { ShardStore } from '../../src/store/contract.js';
import { FetchArgument, FetchResult } from '../../src/x413/fetch.js';
import { ListArgument, ListResult } from '../../src/x413/list.js';
import { SummarizeArgument, SummarizeResult } from '../../src/x413/summarize.js';
import { militaryExtensions } from '../../src/x420/compose.js';
import { IPM_CONTENT_TYPE } from '../../src/x420/ipm.js';
import { mailboxId, openSample, temporaryDirectory } from '../store/samples.js';
import { AskedShard, hurryingClock } from '../support/asked-shard.js';
import { deliveryOf, ipm } from '../support/fixture-f1.js';

const BOX = mailboxId('box');
const SIC_CODES = '1.3.26.0.4406.0.3.16';
const CONTENT = '2.6.4.3.1';
const SICS = ['AAA', 'BBB', 'CCC'];
const COUNT = 30;
const sicOf = (sequence: number) => SICS[sequence % SICS.length] ?? '';
const contentOf = (sequence: number) =>
  ipm('box', {
    identifier: `message ${sequence + 100}`,
    extensions: militaryExtensions({ primaryPrecedence: 4, sics: [sicOf(sequence)] }),
  });

describe('of messages that are in files', () => {
  const directory = temporaryDirectory();
  let store: ShardStore;
  let shard: AskedShard;

  beforeAll(async () => {
    store = await openSample(directory);
    shard = new AskedShard(store, hurryingClock());
    for (let sequence = 1; sequence <= COUNT; sequence += 1) {
      const content = contentOf(sequence);
      const message = { content, contentType: IPM_CONTENT_TYPE.p772 };
      await shard.resultOf({
        kind: 'message-delivery',
        mailbox: BOX,
        argument: deliveryOf('box', message),
      });
    }
    // Another life has none of them in memory.
    await store.checkpoint();
    shard.close();
    await store.close();
    store = await openSample(directory);
    shard = new AskedShard(store, hurryingClock());
  });
  afterAll(async () => {
    shard.close();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const retrieve = (kind: 'summarize' | 'list' | 'fetch', argument: Uint8Array) =>
    shard.resultOf({ kind, mailbox: BOX, edition: '94', argument });

  test('a summary has each value as it was, however many turns it takes', async () => {
    const argument = encode(SummarizeArgument, {
      entryClass: 0,
      selector: { childEntries: false },
      summaryRequests: [SIC_CODES],
    });
    const { summaries = [] } = decode(SummarizeResult, await retrieve('summarize', argument));
    const found = summaries[0]?.present?.map(({ value, count }) => [
      Buffer.from(value.subarray(2)).toString(),
      count,
    ]);
    expect(found?.sort()).toEqual(SICS.map((sic) => [sic, COUNT / SICS.length]));
    expect(store.statistics().readsFromFile).toBeGreaterThanOrEqual(COUNT);
  });

  test('a list too', async () => {
    const argument = encode(ListArgument, {
      entryClass: 0,
      selector: { childEntries: false },
      requestedAttributes: [{ type: SIC_CODES }],
    });
    const { requested = [] } = decode(ListResult, await retrieve('list', argument));
    const found = requested.map(({ attributes }) =>
      Buffer.from(attributes?.[0]?.values[0]?.subarray(2) ?? []).toString(),
    );
    expect(found).toEqual(Array.from({ length: COUNT }, (_, at) => sicOf(at + 1)));
  });

  test('fetches of one turn have their contents, each its own', async () => {
    const numbers = Array.from({ length: COUNT }, (_, at) => at + 1);
    const results = await Promise.all(
      numbers.map((value) =>
        retrieve(
          'fetch',
          encode(FetchArgument, {
            entryClass: 0,
            item: { kind: 'precise', value },
            requestedAttributes: [{ type: CONTENT }],
          }),
        ),
      ),
    );
    for (const [at, result] of results.entries()) {
      const { entryInformation } = decode(FetchResult, result);
      const value = Buffer.from(entryInformation?.attributes?.[0]?.values[0] ?? []);
      const content = Buffer.from(contentOf(at + 1));
      expect(value.subarray(-content.length).equals(content)).toBe(true);
    }
  });
});
