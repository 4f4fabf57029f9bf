/** Source: X.413 (1999) 11.2 retrieval-status; X.420 (1999) 19; X.435 (1999) 18. */
import { describe, expect, test } from 'vitest';
import { conveyanceOf } from '../../src/shard/conveyance.js';
import { newMessageOf } from '../../src/shard/deliver-message.js';
import type { WantedAttribute } from '../../src/shard/entry-information.js';
import { attributeByOid } from '../../src/x413/attribute-table.js';
import type { Edition } from '../../src/x413/common.js';
import { element, octets } from '../osi/ber.js';
import { CREATION_TIME, deliveredInto, deliveryOf, nameOf, text } from '../support/entries.js';

/** What becomes of the entries of a delivery when these attributes are fetched of the first. */
function fetched(
  content: string,
  contentType: string,
  wanted: readonly (readonly [oid: string, from?: number, count?: number])[],
  { edition = '88' as Edition, conveyed = 0 } = {},
) {
  const argument = octets(deliveryOf({ content, contentType }));
  const { mailbox, sources } = deliveredInto(newMessageOf(argument, CREATION_TIME), [{ conveyed }]);
  const [source] = sources;
  const attributes = wanted.map(([oid, from = 1, count = Infinity]): WantedAttribute => {
    const definition = attributeByOid(oid, edition);
    if (definition === null) throw new Error(`no ${oid}`);
    return { definition, from, count };
  });
  if (source === undefined) throw new Error('no entry');
  return conveyanceOf(mailbox, source, { attributes, edition }).map(
    ({ sequence, status, conveyed: bits }) => `${sequence} ${status} ${bits}`,
  );
}

describe('an EDI message', () => {
  const heading = element('30', element('a1', element('a0', nameOf('Origin')), text('81', '1')));
  const other = element('30', element('a1', element('28', '06032a0304', 'a0020500')));
  const content = element('a0', heading, element('30', '800141', element('30', other)));
  const p35 = '800123';

  test.each<[string, string[], string[]]>([
    ['the content', ['2.6.4.3.1'], ['7 processed 7']],
    ['heading and body', ['2.6.7.6.0', '2.6.7.8.0'], ['7 processed 7']],
    ['the heading alone', ['2.6.7.6.0'], ['7 listed 1']],
    ['the interchange alone', ['2.6.7.8.2'], ['7 listed 2']],
    ['a field of the heading', ['2.6.7.6.1'], ['7 listed 0']],
  ])('%s', (_title, oids, changes) =>
    expect(
      fetched(
        content,
        p35,
        oids.map((oid) => [oid]),
      ),
    ).toEqual(changes),
  );
});

describe('a forwarded EDI message', () => {
  const heading = element('30', element('a1', element('a0', nameOf('Origin')), text('81', '1')));
  const data = element('a1', heading, element('30', element('a1', '800141')));
  const content = element('a0', heading, element('30', element('a1', data)));

  test.each<[string, string, string[]]>([
    ['is got with the content', '2.6.4.3.1', ['7 processed 3', '8 processed 3']],
    ['is got by its data', '2.6.7.8.5', ['7 listed 2', '8 processed 3']],
    ['is not got by its number', '2.6.7.8.3', ['7 listed 0']],
  ])('%s', (_title, oid, changes) => expect(fetched(content, '800123', [[oid]])).toEqual(changes));
});

describe('a notification', () => {
  const extension = element('30', '06032a0304', '0500');
  const subject = element('6b', text('13', '1'));
  const receipt = element('a0', element('a1', text('80', '260101130000Z')));
  const content = element('a1', subject, element('a3', extension), receipt);
  const own = ['2.6.1.9.0', '2.6.1.9.8', '2.6.1.9.9'].map((oid) => [oid] as const);

  test('is read by all its attributes that the edition has', () => {
    expect(fetched(content, '800116', own)).toEqual(['7 processed 0']);
    expect(fetched(content, '800116', own, { edition: '94' })).toEqual(['7 listed 0']);
    const all = [...own, ['2.6.1.9.11'] as const];
    expect(fetched(content, '800116', all, { edition: '94' })).toEqual(['7 processed 0']);
    expect(fetched(content, '800116', own.slice(1))).toEqual(['7 listed 0']);
  });
});

describe('a message by its parts', () => {
  const inner = element('30', element('31', element('6b', text('13', '2'))), '3000');
  const external = element('28', '06045601040b', 'a0031b0141');
  const parameters = element('a0', '060456010b0b', 'a0053103020106');
  const parts = [
    element('a0', '3100', '160141'),
    element('a9', '3100', inner),
    element('af', parameters, external),
    element('a0', '3100', '160142'),
  ];
  const heading = element('31', element('6b', text('13', '1')));
  const content = element('a0', heading, element('30', ...parts));

  test.each<[string, (readonly [string, number?, number?])[], string[]]>([
    ['the second of a type', [['2.6.1.8.1', 2, 1]], ['7 listed 16']],
    ['data as well as whole', [['2.6.1.8.20', 1, 1]], ['7 listed 2']],
    ['an extended one by its type', [['2.6.1.4.11']], ['7 listed 8']],
    ['parameters convey nothing', [['2.6.1.11.11'], ['2.6.1.8.13']], ['7 listed 0']],
    ['a message with what is in it', [['2.6.1.8.26']], ['7 listed 4', '8 processed 1']],
    ['the synopsis conveys nothing', [['2.6.1.6.1'], ['2.6.1.8.8']], ['7 listed 0']],
  ])('%s', (_title, wanted, changes) =>
    expect(fetched(content, '800116', wanted)).toEqual(changes),
  );

  test('the last part makes it processed', () => {
    const rest = { conveyed: 0b11101 };
    expect(fetched(content, '800116', [['2.6.1.8.20', 1, 1]], rest)).toEqual(['7 processed 31']);
  });
});
