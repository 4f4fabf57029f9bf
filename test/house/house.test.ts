/** HACKING.md as far as a machine can read it: who may import whom, and how long things may get. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AWAITING_CALLERS, MAY_IMPORT, ONLY_ROOM_OF, roomOf } from './plan.js';

const ROOT = new URL('../..', import.meta.url).pathname;
const SOURCE = join(ROOT, 'src');

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(SOURCE, name), 'utf8') }));

interface Import {
  readonly from: string;
  readonly target: string;
  readonly isRelative: boolean;
}

function importsOf(name: string, text: string): Import[] {
  const fixed = text.matchAll(/(?:^|\n)(?:import|export)[^;]*?from '([^']+)';/g);
  const atNeed = text.matchAll(/await import\('([^']+)'\)/g);
  const found = [...fixed, ...atNeed];
  return found.map(([, specifier = '']) => ({
    from: name,
    isRelative: specifier.startsWith('.'),
    target: specifier.startsWith('.')
      ? relative(SOURCE, join(SOURCE, name, '..', specifier)).replace(/\.js$/, '.ts')
      : specifier,
  }));
}

const imports = files.flatMap(({ name, text }) => importsOf(name, text));

describe('house', () => {
  test('every room is in the plan', () => {
    const unknown = files.map(({ name }) => name).filter((name) => !MAY_IMPORT.has(roomOf(name)));
    expect(unknown).toEqual([]);
  });

  test('nobody imports from a room outside the plan', () => {
    const wrong = imports
      .filter(({ isRelative }) => isRelative)
      .filter(({ from, target }) => {
        const room = roomOf(from);
        return roomOf(target) !== room && !MAY_IMPORT.get(room)?.includes(roomOf(target));
      });
    expect(wrong.map(({ from, target }) => `${from} imports ${target}`)).toEqual([]);
  });

  test('a guarded package is imported in its own room only', () => {
    const wrong = imports
      .filter(({ isRelative, target }) => !isRelative && ONLY_ROOM_OF.has(target))
      .filter(
        ({ from, target }) => !ONLY_ROOM_OF.get(target)?.some((room) => from.startsWith(room)),
      );
    expect(wrong.map(({ from, target }) => `${from} imports ${target}`)).toEqual([]);
  });

  test('there is no cycle among files', () => {
    const targets = new Map<string, string[]>();
    for (const { from, target, isRelative } of imports) {
      if (isRelative) targets.set(from, [...(targets.get(from) ?? []), target]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (name: string, trail: readonly string[]): void => {
      if (trail.includes(name))
        cycles.push([...trail.slice(trail.indexOf(name)), name].join(' > '));
      if (trail.includes(name) || done.has(name)) return;
      for (const target of targets.get(name) ?? []) visit(target, [...trail, name]);
      done.add(name);
    };
    for (const { name } of files) visit(name, []);
    expect(cycles).toEqual([]);
  });

  test('no file is dead: each is imported or is a way in', () => {
    const reached = new Set(imports.map(({ target }) => target));
    const waysIn = new Set(['main.ts', 'shard/worker.ts', 'client/index.ts', ...AWAITING_CALLERS]);
    const dead = files.filter(({ name }) => !reached.has(name) && !waysIn.has(name));
    expect(dead.map(({ name }) => name)).toEqual([]);
  });

  test('files keep to 500 lines of at most 100 characters', () => {
    const long = files.filter(({ text }) => text.split('\n').length > 501).map(({ name }) => name);
    const wide = files
      .filter(({ text }) => text.split('\n').some((line) => line.length > 100))
      .map(({ name }) => name);
    expect({ long, wide }).toEqual({ long: [], wide: [] });
  });

  test('functions keep to 60 lines', () => {
    expect(files.flatMap(({ name, text }) => longFunctions(name, text))).toEqual([]);
  });

  test('every file begins by saying what it owns and names its source', () => {
    const silent = files.filter(
      ({ text }) => !/^(#!.*\n)?\/\*\*[\s\S]*?Source:[\s\S]*?\*\//.test(text),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test('no marks of unfinished work, no default export', () => {
    const pattern = /\b(TODO|FIXME|XXX)\b|^export default/m;
    const marked = files.filter(({ text }) => pattern.test(withoutComments(text)));
    expect(marked.map(({ name }) => name)).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

/** Functions and methods at the two outer levels, by the formatter's indentation. */
function longFunctions(name: string, text: string): string[] {
  const lines = text.split('\n');
  const long: string[] = [];
  for (const [start, line] of lines.entries()) {
    const head =
      /^( {0,2})(?:export )?(?:async )?(?:function\b|(?:(?:static|get|set|async|private) )*#?\w+(?:<.*>)?\()/.exec(
        line,
      );
    if (head === null || !/[{(]$/.test(line)) continue;
    const end = lines.findIndex((other, at) => at > start && other === `${head[1]}}`);
    if (end - start + 1 > 60) long.push(`${name}:${start + 1} ${end - start + 1} lines`);
  }
  return long;
}
