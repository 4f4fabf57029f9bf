/**
 * Wireshark reads what users submit, what the store says of it, and how out box and drafts are
 * listed, in both editions and both directions; what X.413 adds to the operations of X.411 it does
 * not know, and says so.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import { composeProbe, composeSubmission } from '../../src/client/index.js';
import { MTS_OPERATION } from '../../src/x411/application-contexts.js';
import { MtsIdentifier } from '../../src/x411/identifiers.js';
import { MessageSubmissionResult } from '../../src/x411/submission.js';
import type { Edition } from '../../src/x413/common.js';
import { withOptions } from '../../src/x413/submission.js';
import { EDITIONS } from '../support/conformance.js';
import { F1_CONTENT } from '../support/fixture-f1.js';
import { type Loop, loopOf } from '../support/loop.js';
import { P7User } from '../support/p7-user.js';
import { startProxy } from '../support/proxy.js';
import { addressOf } from '../support/server.js';
import { codesIn, dissectP7, HAS_TSHARK, WHY_WITHOUT_TSHARK } from '../support/tshark.js';

const ATTRIBUTES = ['2.6.4.3.16', '2.6.4.3.19', '2.6.4.3.23', '2.6.4.3.27', '2.6.1.7.4'];

describe.skipIf(!HAS_TSHARK)(
  `an independent decoder of submission over P7${WHY_WITHOUT_TSHARK}`,
  () => {
    let loop: Loop;
    beforeAll(async () => {
      loop = await loopOf(['box88', 'box94']);
    });
    afterAll(() => loop.dispose());

    async function submitAll(user: P7User, name: string, edition: Edition): Promise<void> {
      const { messageSubmission, probeSubmission, cancelDeferredDelivery } = MTS_OPERATION;
      const envelope = {
        originator: addressOf(name),
        recipients: [{ address: addressOf('elsewhere'), report: 'report' }],
        contentType: '2.6.1.10.1',
        contentIdentifier: 'CID 1',
      } as const;
      const content = F1_CONTENT.n1(name);
      const kept = (argument: Uint8Array, objectEntryClass: number) =>
        edition === '88'
          ? argument
          : withOptions(argument, { objectEntryClass, disableAutoModify: false });
      await user.submit(messageSubmission, kept(composeSubmission({ ...envelope, content }), 1));
      await user.submit(probeSubmission, kept(composeProbe({ ...envelope, contentLength: 9 }), 1));
      const deferredUntil = new Date('2040-01-01T00:00:00Z');
      const deferred = composeSubmission({ ...envelope, content, deferredUntil });
      const result = decode(
        MessageSubmissionResult,
        await user.submit(messageSubmission, deferred),
      );
      const identifier = encode(MtsIdentifier, result.messageSubmissionIdentifier);
      await user.submit(cancelDeferredDelivery, identifier);
      if (edition === '88') return;
      await user.submit(messageSubmission, kept(composeSubmission({ ...envelope, content }), 2));
      for (const entryClass of [1, 2, 3]) {
        const { numbers } = await user.list({}, ATTRIBUTES, entryClass);
        await user.fetch(numbers[0] ?? 0, [...ATTRIBUTES, '2.6.4.3.1'], entryClass);
        await user.summarize({}, ['2.6.4.3.16'], entryClass);
      }
      await user.delete([1], 1);
    }

    test.each(EDITIONS)('reads arguments and results, %s', async (edition) => {
      const name = `box${edition}`;
      const proxy = await startProxy(loop.server.port);
      const user = await P7User.bind({ ...loop.server, port: proxy.port }, name, { edition });
      await submitAll(user, name, edition);
      await user.unbind();
      const { complaints, text } = dissectP7(proxy.segments, loop.server.port);
      await proxy.close();
      // It knows these operations as those of X.411, and nothing of what 1994 adds: the member [4] of
      // three arguments and of three results. All else it reads.
      const isOfTag4 = (one: string) =>
        /BER Error: (This field lies beyond the end of the known sequence definition\.|Unknown field in SET class:CONTEXT\(2\) tag:4|SET expected but class:CONTEXT\(2\) Constructed tag:4 was found)$/.test(
          one,
        );
      expect(complaints.filter((one) => !isOfTag4(one))).toEqual([]);
      expect(complaints).toHaveLength(edition === '88' ? 0 : 6);
      expect(text).toContain('message-submission-identifier');
      const { operations, errors } = codesIn(text);
      expect(operations).toEqual(edition === '88' ? [3, 4, 7] : [3, 4, 7, 20, 21, 22, 23]);
      expect(errors).toEqual([]);
    });
  },
);
