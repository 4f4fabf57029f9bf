/** The table of attributes against the reference, row by row, and against what we say we lack. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  ATTRIBUTES,
  attributeByOid,
  attributesOf,
  isOfLaterEdition,
} from '../../src/x413/attribute-table.js';
import { EXTENDED_BODY_PART_ATTRIBUTES } from '../../src/x413/attributes-extended.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

/** A row of the reference, as far as a table of ours can agree with it. */
interface Row {
  readonly group: 'general' | 'ipm' | 'p772' | 'edi';
  readonly name: string;
  readonly oid: string;
  readonly valued: 'single' | 'multi';
  readonly equality: string | null;
  readonly ordering: string | null;
  readonly substrings: string | null;
  readonly otherMatches: readonly string[];
  readonly edition: string;
  readonly rulesNotIn88: readonly string[];
  readonly presence: Readonly<Record<string, string>> | null;
  readonly list: boolean | null;
  readonly summarize: boolean | null;
}

/** Identifier, name and reason of each type that the store does not have. */
const MISSING: ReadonlyMap<string, readonly [name: string, reason: string]> = new Map(
  readFileSync(new URL('../../docs/attributes-missing.tsv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [oid = '', name = '', reason = ''] = line.split('\t');
      return [oid, [name, reason]];
    }),
);

const COLUMNS = {
  'delivered-message': 'deliveredMessage',
  'delivered-report': 'deliveredReport',
  'returned-content': 'returnedContent',
  'submitted-message': 'submittedMessage',
  'submitted-probe': 'submittedProbe',
  'draft-message': 'draftMessage',
  'auto-action-event': 'autoActionEvent',
} as const;
const RULE_KINDS = ['equality', 'ordering', 'substrings'];

/** What the reference says of a row, in the form of {@link ours}. */
function theirs(row: Row) {
  const { name, oid, valued, equality, ordering, substrings, otherMatches } = row;
  return {
    name,
    oid,
    isMultiValued: valued === 'multi',
    rules: { equality, ordering, substrings, others: [...otherMatches].sort() },
    notIn88: row.rulesNotIn88.filter((kind) => RULE_KINDS.includes(kind)),
    edition: row.edition === '94' ? '94' : '88',
    ...(row.list !== null && { list: row.list, summarize: row.summarize }),
    ...(row.group === 'general' && {
      entryTypes: Object.entries(COLUMNS)
        .filter(([, column]) => row.presence?.[column] !== '-')
        .map(([type]) => type),
    }),
  };
}

function ours(row: Row) {
  const definition = attributeByOid(row.oid, '94');
  if (definition === null) return null;
  const { name, oid, isMultiValued, edition, matching, isListable, isSummarizable } = definition;
  const { equality, ordering, substrings, others, notIn88 } = matching;
  return {
    name,
    oid,
    isMultiValued,
    rules: {
      equality: equality?.name ?? null,
      ordering: ordering?.name ?? null,
      substrings: substrings?.name ?? null,
      others: others.map((rule) => rule.name).sort(),
    },
    notIn88: [...notIn88],
    edition,
    ...(row.list !== null && { list: isListable, summarize: isSummarizable }),
    ...(row.group === 'general' && {
      entryTypes: Object.keys(COLUMNS).filter((type) =>
        definition.entryTypes.some((one) => one === type),
      ),
    }),
  };
}

const rows: readonly Row[] = HAS_SHARED
  ? JSON.parse(readShared('protocol/ms-attributes.json').toString('utf8')).attributes
  : [];

describe.skipIf(!HAS_SHARED)(`against the reference${WHY_SKIPPED}`, () => {
  test('every row is ours or is said to be missing', () => {
    const silent = rows.filter(
      ({ oid }) => attributeByOid(oid, '94') === null && !MISSING.has(oid),
    );
    expect(silent.map(({ oid, name }) => `${oid} ${name}`)).toEqual([]);
  });

  test('what is ours agrees: name, values, rules, edition, operations, entry types', () => {
    const supported = rows.filter(({ oid }) => attributeByOid(oid, '94') !== null);
    expect(supported.map(ours)).toEqual(supported.map(theirs));
    expect(supported.length + MISSING.size).toBe(rows.length);
  });

  test('what came in 1994 is known to have come later, and nothing else', () => {
    for (const { oid, name, edition } of rows) {
      expect([name, isOfLaterEdition(oid, '88')]).toEqual([name, edition === '94']);
      expect(isOfLaterEdition(oid, '94')).toBe(false);
    }
    expect(isOfLaterEdition('2.6.4.3.45', '88')).toBe(false);
  });

  test('what is missing is named as in the reference, with a reason', () => {
    const names = new Map(rows.map(({ oid, name }) => [oid, name]));
    for (const [oid, [name, reason]] of MISSING) {
      expect(name).toBe(names.get(oid));
      expect(reason).toMatch(/\w+ \w+/);
    }
  });

  test('there is nothing more but the attributes of extended body parts', () => {
    const known = new Set(rows.map(({ oid }) => oid));
    const more = ATTRIBUTES.filter(({ oid }) => !known.has(oid));
    expect(more).toEqual(EXTENDED_BODY_PART_ATTRIBUTES);
  });
});

describe('the table', () => {
  test('has each identifier once', () => {
    const oids = ATTRIBUTES.map(({ oid }) => oid);
    expect(new Set(oids).size).toBe(oids.length);
  });

  test('what is missing is not there', () => {
    for (const oid of MISSING.keys()) expect(attributeByOid(oid, '94')).toBeNull();
  });

  test('what came in 1994 is not there in 1988', () => {
    expect(attributeByOid('2.6.4.3.71', '88')).toBeNull();
    expect(attributeByOid('2.6.4.3.71', '94')?.name).toBe('ms-recipient-names');
    const later = ATTRIBUTES.filter(({ edition }) => edition === '94');
    expect(attributesOf('88').length).toBe(ATTRIBUTES.length - later.length);
    expect(attributesOf('94')).toEqual(ATTRIBUTES);
  });

  test.each([
    ['2.6.1.4.17.2.6.1.10.1', true],
    ['2.6.1.4.99', true],
    ['2.6.1.11.99', true],
    ['1.3.26.0.4406.0.7.99', true],
    ['2.6.1.4', false],
    ['2.6.1.40.1', false],
    ['2.6.4.3.45', false],
    ['1.2.3', false],
  ])('%s belongs to a body part: %s', (oid, isKnown) =>
    expect(attributeByOid(oid) !== null).toBe(isKnown),
  );
});

test('docs/attributes.md is of this table: make attributes', () => {
  const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const made = execFileSync(process.execPath, [file('scripts/attributes.mjs'), '--print']);
  // The formatter has aligned the tables, and wrapped nothing.
  const cells = (text: string) => text.replaceAll(/-{3,}/g, '---').replaceAll(/ +/g, ' ').trim();
  const page = readFileSync(file('docs/attributes.md'), 'utf8');
  expect(cells(page).split('\n')).toEqual(cells(made.toString('utf8')).split('\n'));
});
