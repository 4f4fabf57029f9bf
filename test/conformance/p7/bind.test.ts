/** Rows MS-001 to MS-017 of the semantics checklist: bind and unbind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf } from '../../../src/asn1/elements.js';
import { readElement } from '../../../src/asn1/reader.js';
import { numberOf } from '../../../src/asn1/tag.js';
import { ASSOCIATIONS_PER_MAILBOX_MAX } from '../../../src/limits.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { P7User, STATUS } from '../../support/p7-user.js';
import { addressOf, USER_PASSWORD } from '../../support/server.js';

/** BindProblem, as the plain ENUMERATED that both editions know. */
const bindProblem = (number: number) => `0a01${String(number).padStart(2, '0')}`;
const hex = (octets: Uint8Array | null) => Buffer.from(octets ?? []).toString('hex');
const memberTags = (user: P7User) =>
  childrenOf(readElement(user.bindOctets)).map(({ tag }) => numberOf(tag));

describe.each(EDITIONS)('bind, edition %s', (edition) => {
  let bench: Bench;
  let mailbox: string;
  beforeAll(async () => {
    bench = await conformanceBench(4);
    mailbox = bench.empty();
  });
  afterAll(() => bench.dispose());
  const bind = (options = {}) => P7User.bind(bench.server, mailbox, { edition, ...options });
  const refusal = (options = {}) => P7User.refusal(bench.server, mailbox, { edition, ...options });

  test('MS-001, MS-009 the right password: responder-credentials, no configuration', async () => {
    const user = await bind();
    expect(memberTags(user)).toEqual([2]);
    expect(user.bindResult.responderCredentials).toEqual({ kind: 'simpleIa5', value: '' });
    await user.unbind();
  });

  test('the same octets in the other string are the same password', async () => {
    const value = Buffer.from(USER_PASSWORD);
    const user = await bind({ initiatorCredentials: { kind: 'simpleOctets', value } });
    await user.unbind();
  });

  test('MS-002 to MS-005 a wrong password, an unknown user, other credentials', async () => {
    const protectedPassword = { kind: 'protected', value: { signature: new Uint8Array(0) } };
    const refusals = await Promise.all([
      refusal({ password: 'wrong' }),
      refusal({ password: '' }),
      refusal({ address: addressOf('nobody') }),
      refusal({ initiatorCredentials: protectedPassword }),
    ]);
    for (const { octets, isTransient } of refusals) {
      expect([hex(octets), isTransient]).toEqual([bindProblem(0), false]);
    }
  });

  test('MS-006 to MS-008 the configuration, when it is asked for', async () => {
    const user = await bind({ msConfigurationRequest: true });
    const { availableAttributeTypes = [], contentTypesSupported = [] } = user.bindResult;
    expect(availableAttributeTypes).toContain('2.6.4.3.1');
    expect(availableAttributeTypes).toContain(STATUS);
    expect(availableAttributeTypes.includes('2.6.4.3.71')).toBe(edition === '94');
    expect(contentTypesSupported).toContain('2.6.1.10.1');
    const tags = memberTags(user);
    if (edition === '88') expect(Math.max(...tags)).toBeLessThan(7);
    else expect(tags).toEqual(expect.arrayContaining([7, 8]));
    await user.unbind();
  });

  test('MS-014 unbind changes nothing', async () => {
    const { user, mailbox: other } = await bench.f1({ edition });
    await user.unbind();
    const again = await P7User.bind(bench.server, other, { edition });
    expect(Object.values(await again.statuses())).toEqual([0, 0, 0, 0, 0, 0, 0]);
    await again.unbind();
  });

  test('several associations of one mailbox see the same', async () => {
    const { user, mailbox: other, n1 } = await bench.f1({ edition });
    const second = await P7User.bind(bench.server, other, { edition });
    await user.list({}, [STATUS]);
    expect((await second.statuses())[n1]).toBe(1);
    await user.delete([n1]);
    expect((await second.list()).numbers).not.toContain(n1);
    await second.unbind();
  });

  test('MS-016 more associations than a mailbox may have', async () => {
    const crowded = bench.empty();
    const users = await Promise.all(
      Array.from({ length: ASSOCIATIONS_PER_MAILBOX_MAX }, () =>
        P7User.bind(bench.server, crowded, { edition }),
      ),
    );
    const { octets, isTransient } = await P7User.refusal(bench.server, crowded, { edition });
    expect([hex(octets), isTransient]).toEqual([bindProblem(2), true]);
    await users.pop()?.unbind();
    users.push(await P7User.bind(bench.server, crowded, { edition }));
    for (const user of users) user.abort();
  });
});
