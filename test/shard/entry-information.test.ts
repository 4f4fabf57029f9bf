/** Entries written straight from the index, against the same made as values and then encoded. */
import { describe, expect, test } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { BerWriter, written, writtenInPieces } from '../../src/asn1/writer.js';
import { joinOctets } from '../../src/base/octets.js';
import { seededRandom } from '../../src/base/random.js';
import { composeReport } from '../../src/client/index.js';
import {
  entryInformation,
  type Wanted,
  writeEntryInformation,
} from '../../src/shard/entry-information.js';
import { attributesOf } from '../../src/x413/attribute-table.js';
import type { EntrySource } from '../../src/x413/entry.js';
import { EntryInformation } from '../../src/x413/selection.js';
import { IPM_CONTENT_TYPE } from '../../src/x420/ipm.js';
import { deliveredMessage, deliveredReport } from '../support/entries.js';
import { deliveryOf, F1_CONTENT, ipm } from '../support/fixture-f1.js';
import { addressOf } from '../support/server.js';

const SEED = Number(process.env.SEED ?? 20_261_125);
const SELECTIONS = 400;

const message = (content: Uint8Array) => deliveredMessage(deliveryOf('box', { content }));
const longSubject = 'A subject that is longer than the index keeps. '.repeat(12);

const SOURCES: readonly EntrySource[] = [
  ...message(F1_CONTENT.n1('box')),
  ...message(F1_CONTENT.n2('box')),
  ...message(F1_CONTENT.n6('box')),
  ...message(F1_CONTENT.n7('box')),
  ...message(ipm('box', { identifier: 'long', subject: longSubject })),
  ...message(Uint8Array.of(0x30, 0x80)),
  ...deliveredMessage(
    deliveryOf('box', {
      content: new Uint8Array(70_000),
      priority: 'urgent',
      contentIdentifier: 'C',
    }),
    [{ status: 'processed', conveyed: 3 }],
  ),
  ...deliveredReport(
    composeReport({
      recipient: addressOf('box'),
      outcome: 'delivery',
      contentType: IPM_CONTENT_TYPE.p22,
      returnedContent: F1_CONTENT.n1('box'),
    }),
  ),
];

function same(source: EntrySource, wanted: Wanted): void {
  const expected = Buffer.from(encode(EntryInformation, entryInformation(source, wanted)));
  const write = (writer: BerWriter) => writeEntryInformation(writer, source, wanted);
  expect(expected.equals(written(write))).toBe(true);
  expect(expected.equals(joinOctets(writtenInPieces(write)))).toBe(true);
}

describe.each(['88', '94'] as const)('in the edition of %s', (edition) => {
  const definitions = attributesOf(edition);

  test.each(SOURCES.map((source) => [source.entry.entryType, source] as const))(
    'all attributes of a %s',
    (_, source) => {
      const all = { from: 1, count: Number.POSITIVE_INFINITY };
      same(source, {
        edition,
        attributes: definitions.map((definition) => ({ definition, ...all })),
      });
      for (const definition of definitions) {
        same(source, { edition, attributes: [{ definition, ...all }] });
      }
    },
  );

  test(`any selection, SEED=${SEED}`, () => {
    const random = seededRandom(SEED);
    for (let run = 0; run < SELECTIONS; run += 1) {
      const attributes = Array.from({ length: random.below(12) }, () => {
        const definition = definitions[random.below(definitions.length)];
        if (definition === undefined) throw new Error('there is one');
        if (!definition.isMultiValued) return { definition, from: 1, count: 1 };
        const count = random.below(2) === 0 ? Number.POSITIVE_INFINITY : random.below(3);
        return { definition, from: 1 + random.below(3), count };
      });
      for (const source of SOURCES) same(source, { edition, attributes });
    }
  });
});

test('the answer is whether the entry has any of the attributes', () => {
  const [source] = SOURCES;
  if (source === undefined) throw new Error('no entry');
  const write = (oid: string) => {
    const attributes = attributesOf('88')
      .filter((definition) => definition.oid === oid)
      .map((definition) => ({ definition, from: 1, count: 1 }));
    return writeEntryInformation(new BerWriter(), source, { edition: '88', attributes });
  };
  expect(write('2.6.4.3.15')).toBe(true);
  expect(write('2.6.4.3.29')).toBe(false);
  expect(write('no such type')).toBe(false);
});
