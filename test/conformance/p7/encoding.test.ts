/** Rows MS-195 to MS-207 of the semantics checklist: forms on the wire, rejects, editions. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf } from '../../../src/asn1/elements.js';
import { type Element, readElement } from '../../../src/asn1/reader.js';
import { classOf } from '../../../src/asn1/tag.js';
import { decode } from '../../../src/asn1/type.js';
import { parseHex } from '../../../src/base/octets.js';
import { MS_OPERATION } from '../../../src/x411/application-contexts.js';
import { DeleteArgument } from '../../../src/x413/delete.js';
import { FetchResult } from '../../../src/x413/fetch.js';
import { ListArgument, ListResult } from '../../../src/x413/list.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import type { F1 } from '../../support/fixture-f1.js';
import { type Answer, P7User, present, refusalOf, STATUS } from '../../support/p7-user.js';

const octets = (hex: string) => parseHex(hex) as Uint8Array;
/** An element of at most 127 octets, in hexadecimal. */
function tlv(tag: string, ...parts: string[]): string {
  const content = parts.join('').replaceAll(/\s/g, '');
  return `${tag}${(content.length / 2).toString(16).padStart(2, '0')}${content}`;
}
const { list, fetch, summarize, modify } = MS_OPERATION;
const rejected = (problem: number) => ({ kind: 'reject', reject: { kind: 'invoke', problem } });

describe.each(EDITIONS)('encoding, edition %s', (edition) => {
  let bench: Bench;
  let f1: F1;
  let mailbox: string;
  let user: P7User;
  beforeAll(async () => {
    bench = await conformanceBench(1);
    ({ user, mailbox, ...f1 } = await bench.f1({ edition }));
  });
  afterAll(() => bench.dispose());

  const fetched = (answer: Answer) => {
    if (answer.kind !== 'result') throw new Error(JSON.stringify(answer));
    return decode(FetchResult, answer.octets).entryInformation?.sequenceNumber;
  };
  const listed = (answer: Answer) => {
    if (answer.kind !== 'result') throw new Error(JSON.stringify(answer));
    return decode(ListResult, answer.octets).requested?.map((entry) => entry.sequenceNumber);
  };
  const mains = () => [f1.n1, f1.n2, f1.n4, f1.n6, f1.n7];

  test('MS-199, MS-200 a choice tagged EXPLICIT, and IMPLICIT', async () => {
    expect(fetched(await user.invoke(fetch, octets('31 05 A2 03 02 01 02')))).toBe(2);
    expect(fetched(await user.invoke(fetch, octets('31 03 82 01 02')))).toBe(2);
    // A range of numbers 2..4, with all tags of the one kind, then of the other.
    const explicit = tlv('30', tlv('A0', '02 01 02'), tlv('A1', '02 01 04'));
    const implicit = '80 01 02 81 01 04';
    for (const range of [tlv('A1', tlv('A0', explicit)), tlv('A1', tlv('A0', implicit))]) {
      const argument = tlv('31', tlv('A1', tlv('31', range)));
      expect(listed(await user.invoke(list, octets(argument)))).toEqual([2, 4]);
    }
  });

  test('MS-201 every context tag of an answer wraps one element of another class', async () => {
    const answers = [
      await user.invoke(summarize, octets('31 0E A1 02 31 00 A2 08 30 06 06 04 56 04 03 0F')),
      await user.invoke(list, octets('31 09 A1 07 31 05 A3 03 02 01 02')),
      await user.invoke(fetch, octets('31 04 A1 02 31 00')),
    ];
    for (const answer of answers) {
      if (answer.kind !== 'result') throw new Error(JSON.stringify(answer));
      checkExplicit(readElement(answer.octets));
    }
  });

  test('MS-202 defaults are taken when they are sent, and not sent by us', async () => {
    const sent = '31 0E A0 03 02 01 00 A1 07 31 05 A0 03 01 01 00';
    expect(listed(await user.invoke(list, octets(sent)))).toEqual(mains());
    const bound = await P7User.bind(bench.server, mailbox, { edition });
    expect(Buffer.from(bound.bindOctets).toString('hex')).toBe('3104a2021600');
    await bound.unbind();
  });

  test('MS-203 any order, indefinite lengths, constructed strings', async () => {
    // limit before filter before child-entries; all lengths indefinite but of the leaves.
    const status = '06 04 56 04 03 0F';
    const argument = `31 80  A3 80 31 80 00 00 00 00  A1 80 31 80
      A3 80 02 01 03 00 00  A2 80 A0 80 A4 80 ${status} 00 00 00 00 00 00
      A0 80 01 01 00 00 00  00 00 00 00  00 00`;
    expect(listed(await user.invoke(list, octets(argument)))).toEqual(mains().slice(0, 3));
    // Equality of the subject with "Alpha" in two segments.
    const subject = tlv('34', '04 02 41 6C', '04 03 70 68 61');
    const item = tlv('A0', tlv('30', '06 04 56 01 07 04', subject));
    const filtered = tlv('31', tlv('A1', tlv('31', tlv('A2', tlv('A0', item)))));
    expect(listed(await user.invoke(list, octets(filtered)))).toEqual([f1.n1]);
  });

  test('MS-204 an unknown member is passed over', async () => {
    expect(listed(await user.invoke(list, octets('31 09 A1 02 31 00 BE 03 02 01 05')))).toEqual(
      mains(),
    );
  });

  test('MS-205 an argument of another type is rejected as mistyped', async () => {
    for (const argument of ['05 00', '31 00', '30 04 A1 02 31 00', '31 03 81 01 05']) {
      expect(await user.invoke(list, octets(argument))).toEqual(rejected(2));
    }
    expect(await user.invoke(fetch, octets('31 05 A2 03 02 01 FF'))).toEqual(rejected(2));
  });

  test('a filter whose not holds no filter is rejected, and nothing else happens', async () => {
    const other = await P7User.bind(bench.server, mailbox, { edition });
    for (const not of ['A3 00', '83 01 00', 'A3 02 05 00', 'A3 04 A3 02 05 00']) {
      const argument = tlv('31', tlv('A1', tlv('31', tlv('A2', not))));
      expect(await other.invoke(list, octets(argument))).toEqual(rejected(2));
    }
    expect(listed(await other.invoke(list, octets('31 04 A1 02 31 00')))).toEqual(mains());
    await other.unbind();
  });

  test('MS-147 an operation that there is not is rejected as unrecognized', async () => {
    if (edition === '88') {
      expect(await user.invoke(modify, octets('31 00'))).toEqual(rejected(1));
    }
    const other = await P7User.bind(bench.server, mailbox, { edition });
    for (const operation of [99, 0, 25]) {
      expect(await other.invoke(operation, octets('31 00'))).toEqual(rejected(1));
    }
    await other.unbind();
  });

  test('MS-206 an identifier that is in use is rejected as a duplicate', async () => {
    const proxy = createServer((client) => {
      const upstream = connect(bench.server.port, '127.0.0.1');
      upstream.on('data', (data) => client.write(data));
      client.on('data', (data) => {
        upstream.write(isDoubling ? Buffer.concat([data, data]) : data);
        if (isDoubling) isDoubling = false;
      });
      client.on('close', () => upstream.destroy());
    });
    let isDoubling = false;
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const other = await P7User.bind({ ...bench.server, port }, mailbox, { edition });
    isDoubling = true;
    // Whichever answer comes first; the other one names no invocation that waits any more.
    expect(await other.invoke(list, octets('31 04 A1 02 31 00'))).toEqual(rejected(0));
    other.abort();
    proxy.close();
  });

  test('more operations at once than are served: the rest is rejected for want of resources', async () => {
    const small = await conformanceBench(1, 'limits:\n  operationsOutstanding: 2');
    const other = await P7User.bind(small.server, small.empty(), { edition });
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => other.invoke(list, octets('31 04 A1 02 31 00'))),
    );
    const results = answers.filter(({ kind }) => kind === 'result');
    expect(results.length).toBeGreaterThanOrEqual(2);
    const rest = answers.filter(({ kind }) => kind !== 'result');
    expect(rest.length).toBeGreaterThanOrEqual(1);
    for (const answer of rest) expect(answer).toEqual(rejected(3));
    expect(listed(await other.invoke(list, octets('31 04 A1 02 31 00')))).toBeUndefined();
    await other.unbind();
    await small.dispose();
  });

  test('what would change the MTA’s record of a user: remote-bind-error', async () => {
    for (const operation of [1, 8]) {
      const { administration } = user.context;
      const answer = await user.invoke(operation, octets('31 00'), administration);
      expect(answer).toMatchObject({ kind: 'error', code: 15 });
    }
  });

  test('MS-195 an information-base that holds nothing', async () => {
    for (const entryClass of edition === '88' ? [1, 2, 7] : [4, 5, 7]) {
      const refusal = await refusalOf(user.list({}, [], entryClass));
      if (edition === '88') expect(refusal).toEqual({ code: 29 });
      else expect(refusal).toMatchObject({ code: 34, entryClass });
    }
  });

  test('members of 1994 make no sense in 1988', async () => {
    const external = '28 0A 06 04 56 04 09 63 A0 02 05 00';
    const answer = await user.invoke(list, octets(`31 14 A1 02 31 00 A4 0E 30 0C ${external}`));
    const code = answer.kind === 'error' ? answer.code : null;
    expect(code).toBe(edition === '88' ? 29 : 31);
  });

  test('the order of errors: class, attributes, range, numbers', async () => {
    const unknown = present('2.6.4.3.45');
    const inverted = { kind: 'sequenceNumberRange', value: { from: 5, to: 2 } } as const;
    const classFirst = await refusalOf(user.list({ filter: unknown }, [], 7));
    expect(classFirst).toMatchObject({ code: edition === '88' ? 29 : 34 });
    const attributesNext = await refusalOf(user.list({ filter: unknown, range: inverted }, []));
    expect(attributesNext).toMatchObject({ code: 21 });
    expect(await refusalOf(user.fetch({ filter: unknown, range: inverted }))).toMatchObject({
      code: 21,
    });
  });

  test('the types are those of the worked encodings', () => {
    expect(decode(ListArgument, octets('31 04 A1 02 31 00')).selector.childEntries).toBe(false);
    expect(decode(DeleteArgument, octets('31 07 A2 05 31 03 02 01 03')).items.value).toEqual([3]);
    expect(STATUS).toBe('2.6.4.3.15');
  });
});

/** Attribute values have tags of their own: below an attribute (SEQUENCE of OID, values) we stop. */
function checkExplicit(element: Element): void {
  if (!element.isConstructed) {
    expect(classOf(element.tag)).not.toBe(2);
    return;
  }
  const children = childrenOf(element);
  if (classOf(element.tag) === 2) {
    expect(children).toHaveLength(1);
    expect(classOf((children[0] as Element).tag)).toBe(0);
  }
  if (children[0]?.tag === 6) return;
  for (const child of children) checkExplicit(child);
}
