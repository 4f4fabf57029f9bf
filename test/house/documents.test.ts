/**
 * Documents that say what is shown where: what they name is there, and what they leave out is so
 * for the reason that they give.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readShared } from '../support/shared.js';

const ROOT = new URL('../..', import.meta.url).pathname;
const P7 = 'test/conformance/p7';
const CHECKLIST = 'protocol/14-semantics-checklist.json';
const SHARED = process.env.RESTANTE_SHARED ?? new URL('../../../shared', import.meta.url).pathname;
const HAS_CHECKLIST = existsSync(join(SHARED, CHECKLIST));
const WHY_SKIPPED = HAS_CHECKLIST ? '' : ' (skipped: ../shared/protocol is not here)';

const textOf = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const withoutComments = (text: string) =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');

/** Every row that `MS-nnn` or `MS-nnn to MS-mmm` in the text names. */
function rowsIn(text: string): Set<string> {
  const rows = new Set<string>();
  for (const [, first, last] of text.matchAll(/MS-(\d{3})(?: to MS-(\d{3}))?/g)) {
    for (let row = Number(first); row <= Number(last ?? first); row += 1) {
      rows.add(`MS-${String(row).padStart(3, '0')}`);
    }
  }
  return rows;
}

/** What the tests of a file have in their names, its comments left out. */
const rowsOf = (name: string) => rowsIn(withoutComments(textOf(name)));

const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !name.startsWith('house/'))
  .map((name) => `test/${name}`);

describe('the semantics checklist', () => {
  const listed = textOf('docs/checklist-open.tsv')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));

  test('each row that is left open says why, once, in order', () => {
    expect(listed.filter(([, reason = '']) => reason.length < 10)).toEqual([]);
    const rows = listed.map(([row]) => row);
    expect(rows).toEqual([...new Set(rows)].sort());
  });

  test.runIf(HAS_CHECKLIST)(
    `the rows without a test are those that docs/checklist-open.tsv has${WHY_SKIPPED}`,
    () => {
      const rows = JSON.parse(readShared(CHECKLIST).toString('utf8')) as { id: string }[];
      expect(rows).toHaveLength(220);
      const shown = new Set(tests.flatMap((name) => [...rowsOf(name)]));
      const open = rows.map(({ id }) => id).filter((id) => !shown.has(id));
      // A row that has got its test is to be taken out of the list.
      expect(open).toEqual(listed.map(([row]) => row));
    },
  );
});

/** The lines of all tables of a document, as cells; without their heads. */
function tableRows(text: string): string[][] {
  const lines = text.split('\n');
  return lines
    .filter((line, at) => line.startsWith('|') && !/^\|[-| ]*$/.test(line) && !isHead(lines, at))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const isHead = (lines: readonly string[], at: number) => /^\|[-| ]*$/.test(lines[at + 1] ?? '');

describe('docs/pics-p7.md', () => {
  const rows = tableRows(textOf('docs/pics-p7.md'));

  test('has an answer for both editions in each row', () => {
    const wrong = rows.filter(([, ...cells]) =>
      cells.slice(0, 2).some((cell) => !['yes', 'no', '-'].includes(cell)),
    );
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(70);
  });

  test.each(rows)('%s: what shows it is there', (_element, _old, _new, shownBy = '') => {
    let file: string | null = null;
    const items = shownBy.split(/[,;] ?/);
    for (const item of items) {
      const [, name, rest = ''] = /^((?!MS-)[\w/.-]+)? ?(MS-.*)?$/.exec(item) ?? [];
      expect(name ?? rest, `"${item}" names a test`).toBeTruthy();
      if (name !== undefined) file = fileOf(name);
      expect(file, `"${item}" names a file`).not.toBeNull();
      const missing = [...rowsIn(rest)].filter((row) => !rowsOf(file ?? '').has(row));
      expect(missing, `${file} bears the rows`).toEqual([]);
    }
  });
});

describe('docs/pics-p3.md', () => {
  const rows = tableRows(textOf('docs/pics-p3.md'));

  test.each(rows)('%s: what shows it is there', (element, ...cells) => {
    const shownBy = cells.pop() ?? '';
    // What is not supported may say in words what happens instead.
    if (!cells.some((cell) => /^(yes|kept)/.test(cell)) && / /.test(shownBy)) return;
    for (const item of shownBy.split(/[,;] ?/)) {
      const [name = '', ...rest] = item.split(' ');
      const file = fileOf(name, 'test/conformance');
      expect(file, `"${item}" of "${element}" names a test`).not.toBeNull();
      const missing = [...rowsIn(rest.join(' '))].filter((row) => !rowsOf(file ?? '').has(row));
      expect(missing, `${file} bears the rows`).toEqual([]);
    }
  });

  test('says something of every port, extension and error', () => {
    expect(rows.length).toBeGreaterThan(100);
  });
});

/** The file of a test that the document names; null where there is none. */
function fileOf(name: string, folder = P7): string | null {
  const path = name.startsWith('test/') ? name : `${folder}/${name}`;
  const found = [path, `${path}.test.ts`].find((one) => tests.includes(one));
  return found ?? tests.find((one) => one.startsWith(`${path}/`)) ?? null;
}
