import { expect, test } from 'vitest';
import {
  packReplies,
  packRequests,
  unpackReplies,
  unpackRequests,
} from '../../src/engine/batch.js';
import type {
  NumberedReply,
  NumberedRequest,
  NumberedShardReply,
} from '../../src/engine/contract.js';
import { parseMailboxId } from '../../src/engine/mailbox-id.js';

const MAILBOX = parseMailboxId('box') ?? expect.unreachable();
const octets = (size: number, octet = 7) => Buffer.alloc(size, octet);
const crossed = (batch: Uint8Array<ArrayBuffer>) =>
  structuredClone(batch, { transfer: [batch.buffer] });
/** Windows and buffers of any kind as plain octet strings. */
const plain = (items: readonly unknown[]) =>
  JSON.parse(
    JSON.stringify(items, (_, value) =>
      value instanceof Uint8Array || value?.type === 'Buffer'
        ? Buffer.from(value.data ?? value).toString('hex')
        : value,
    ),
  );

const sizes: readonly (readonly [string, readonly number[]])[] = [
  ['none', []],
  ['small ones', [0, 1, 200]],
  ['as large as one message may be', [64 << 20]],
  ['many', Array.from({ length: 1_000 }, (_, i) => i * 7)],
];

test.each(sizes)('requests, %s: what arrives is what was sent, in one buffer', (_, all) => {
  const sent = all.map((size, id): NumberedRequest => {
    const argument = octets(size, id + 1);
    return { id, request: { kind: 'list', mailbox: MAILBOX, edition: '94', argument } };
  });
  const batch = packRequests(sent);
  const bytes = all.reduce((sum, size) => sum + size, 0);
  // One copy of the octets, and little besides.
  expect(batch.buffer.byteLength).toBeLessThan(bytes + 64 * all.length + 64);
  const found = unpackRequests(crossed(batch));
  expect(batch.length).toBe(0);
  expect(found.length).toBe(sent.length);
  for (const [at, { id, request }] of found.entries()) {
    const argument = 'argument' in request ? request.argument : octets(0);
    expect({ ...request, id, argument: null }).toEqual({
      ...sent[at]?.request,
      id: at,
      argument: null,
    });
    expect(Buffer.compare(argument, octets(all[at] ?? 0, at + 1))).toBe(0);
  }
});

const REQUESTS: readonly NumberedRequest['request'][] = [
  { kind: 'message-delivery', mailbox: MAILBOX, argument: octets(10) },
  { kind: 'report-delivery', mailbox: MAILBOX, argument: octets(11) },
  ...(['summarize', 'list', 'fetch', 'delete', 'modify'] as const).flatMap((kind) => [
    { kind, mailbox: MAILBOX, edition: '88', argument: octets(12) } as const,
    { kind, mailbox: MAILBOX, edition: '94', argument: octets(0), userAgent: 'me' } as const,
    {
      kind,
      mailbox: MAILBOX,
      edition: '94',
      argument: octets(3),
      restrictions: { allowedContentTypes: ['1.2'], maximumAttributeLength: 5 },
    } as const,
  ]),
  { kind: 'register-ms', mailbox: MAILBOX, edition: '94', argument: octets(4), passwordHash: 'x' },
  { kind: 'credentials', mailbox: MAILBOX },
  { kind: 'bind', mailbox: MAILBOX, securityContext: [octets(3), octets(0)], userAgent: null },
  { kind: 'alerted', mailbox: MAILBOX, sequence: 2_147_483_647 },
  { kind: 'checkpoint' },
  { kind: 'statistics' },
];

test('requests of every kind, beside each other', () => {
  const sent = REQUESTS.map((request, at) => ({ id: 2 ** 40 + at, request }));
  expect(plain(unpackRequests(crossed(packRequests(sent))))).toEqual(plain(sent));
});

test('replies of every kind; what came in pieces arrives in one', () => {
  const effect = {
    kind: 'alert',
    mailbox: MAILBOX,
    sequence: 3,
    argument: { '88': octets(2), '94': octets(3) },
  } as const;
  const error = { kind: 'damage', code: 'message-damaged', detail: 'file' } as const;
  const sent: readonly NumberedShardReply['reply'][] = [
    { kind: 'result', result: octets(5) },
    { kind: 'result', result: [octets(1, 1), octets(0), octets(3, 2)] },
    { kind: 'error', code: 27, parameter: octets(4) },
    { kind: 'error', code: 1, parameter: null },
    { kind: 'result', result: [] },
    { kind: 'result', result: [octets(2, 3), octets(2, 4)], effects: [effect] },
    { kind: 'reject', problem: 2 },
    { kind: 'failure', error },
  ];
  const arrived: readonly NumberedReply['reply'][] = [
    { kind: 'result', result: octets(5) },
    { kind: 'result', result: Buffer.from('01020202', 'hex') },
    { kind: 'error', code: 27, parameter: octets(4) },
    { kind: 'error', code: 1, parameter: null },
    { kind: 'result', result: octets(0) },
    { kind: 'result', result: Buffer.from('03030404', 'hex'), effects: [effect] },
    { kind: 'reject', problem: 2 },
    { kind: 'failure', error },
  ];
  const numbered = <T>(replies: readonly T[]) => replies.map((reply, id) => ({ id, reply }));
  const found = unpackReplies(crossed(packReplies(numbered(sent))));
  expect(plain(found)).toEqual(plain(numbered(arrived)));
});
