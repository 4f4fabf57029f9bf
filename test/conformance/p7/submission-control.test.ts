/** Rows of the semantics checklist about submission-control, from an MTA through the store to a user. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bitsOf, hasBit } from '../../../src/asn1/bit-string.js';
import { encode } from '../../../src/asn1/type.js';
import { composeSubmission, MtaServer } from '../../../src/client/index.js';
import { MTS_OPERATION } from '../../../src/x411/application-contexts.js';
import {
  CONTROLLED_OPERATION,
  SubmissionControlArgument,
  type Waiting,
  Waiting as WaitingType,
} from '../../../src/x411/control.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { P7User, refusalOf } from '../../support/p7-user.js';
import { addressOf, MTA_PASSWORD } from '../../support/server.js';

const NOTHING = { waitingContentTypes: [], extensions: [] };
const HOLD = { permissibleOperations: bitsOf([]), extensions: [] };
const LIFT = { restrict: false, extensions: [] };
/** A user that holds messages back, as the control asks. */
const HOLDING = encode(WaitingType, {
  waitingOperations: bitsOf([CONTROLLED_OPERATION.message]),
  ...NOTHING,
});

describe('submission-control', () => {
  let bench: Bench;
  let mta: MtaServer;
  beforeAll(async () => {
    mta = await MtaServer.open({ name: 'MTA-1', password: MTA_PASSWORD, stores: [] });
    bench = await conformanceBench(8, '', { mtsPort: mta.port });
  });
  afterAll(async () => {
    await bench.dispose();
    await mta.close();
  });

  /** A user who has submitted, so that the store is bound to the MTA as his mailbox, and no other. */
  async function submitter(edition: (typeof EDITIONS)[number]) {
    mta.abortAll();
    const user = await P7User.bind(bench.server, bench.empty(), { edition });
    const argument = composeSubmission({
      originator: addressOf(user.mailbox),
      recipients: [{ address: addressOf('elsewhere'), report: 'none' }],
      contentType: '2.6.1.10.1',
      content: Uint8Array.of(0x30, 0),
    });
    const submit = () => user.submit(MTS_OPERATION.messageSubmission, argument);
    await submit();
    return { user, submit };
  }
  const messagesWait = ({ waitingOperations }: Waiting) =>
    waitingOperations !== undefined && hasBit(waitingOperations, CONTROLLED_OPERATION.message);

  test.each(EDITIONS)(
    'MS-191: it reaches the user, and his answer the MTA (%s)',
    async (edition) => {
      const { user, submit } = await submitter(edition);
      user.controlAnswer = HOLDING;
      const waiting = await mta.restrict(HOLD);
      expect(waiting.map(messagesWait)).toEqual([true]);
      expect(user.controls.map((octets) => Buffer.from(octets))).toEqual([
        Buffer.from(encode(SubmissionControlArgument, HOLD)),
      ]);
      expect(user.controlSyntax).toBe(user.context.submission);
      // Whoever submits all the same is refused by the store, with the MTA's own error.
      expect(await refusalOf(submit())).toEqual({ code: 1 });
      await mta.restrict(LIFT);
      expect(user.controls).toHaveLength(2);
      await submit();
      await user.unbind();
    },
  );

  test.each<[string, Uint8Array | null]>([
    ['rejects it', null],
    ['answers with something else', Uint8Array.of(5, 0)],
  ])('MS-191: a user who %s: the store answers that nothing waits', async (_, answer) => {
    const { user } = await submitter('88');
    user.controlAnswer = answer;
    expect(await mta.restrict(HOLD)).toEqual([NOTHING]);
    expect(user.controls).toHaveLength(1);
    await user.unbind();
  });

  test('MS-191: nobody is there: the store answers, and the control holds', async () => {
    const { user } = await submitter('88');
    await user.unbind();
    expect(await mta.restrict(HOLD)).toEqual([NOTHING]);
    const again = await P7User.bind(bench.server, user.mailbox);
    const argument = composeSubmission({
      originator: addressOf(user.mailbox),
      recipients: [addressOf('elsewhere')],
      contentType: '2.6.1.10.1',
      content: Uint8Array.of(0x30, 0),
    });
    const submitted = again.submit(MTS_OPERATION.messageSubmission, argument);
    expect(await refusalOf(submitted)).toEqual({ code: 1 });
    await again.unbind();
  });

  test('MS-191: of two associations the one that says something is heard', async () => {
    const { user } = await submitter('94');
    const other = await P7User.bind(bench.server, user.mailbox);
    user.controlAnswer = null;
    other.controlAnswer = HOLDING;
    expect((await mta.restrict(HOLD)).map(messagesWait)).toEqual([true]);
    expect([user.controls.length, other.controls.length]).toEqual([1, 1]);
    await Promise.all([user.unbind(), other.unbind()]);
  });
});
