import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatTree } from '../../src/cli/inspect.js';
import { run } from '../../src/cli/program.js';

let directory: string;
const at = (name: string) => join(directory, name);

async function ran(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    print: (line: string) => out.push(line),
    complain: (line: string) => err.push(line),
    write: () => undefined,
  };
  return { code: await run(args, terminal), out, err };
}

describe('command line', () => {
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'restante-cli-'));
    writeFileSync(at('good.ber'), Buffer.from('a0073105a303020105', 'hex'));
    writeFileSync(at('bad.ber'), Buffer.from('3105', 'hex'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('inspect prints a tree', async () => {
    const { code, out } = await ran('inspect', at('good.ber'));
    expect(code).toBe(0);
    expect(out).toEqual(['[0]', '  [UNIVERSAL 17]', '    [3]', '      [UNIVERSAL 2] 1: 05']);
  });

  test.each([['bad.ber'], ['absent.ber']])('inspect %s is one line and code 2', async (name) => {
    const { code, out, err } = await ran('inspect', at(name));
    expect([code, out, err.length]).toEqual([2, [], 1]);
  });

  test.each([[['nonsense']], [['inspect']], [['--nonsense']]])('%j is code 2', async (args) => {
    expect((await ran(...args)).code).toBe(2);
  });

  test('help is code 0', async () => expect((await ran('--help')).code).toBe(0));

  test('text is shown as text', () => {
    expect(formatTree(Buffer.from('16026869', 'hex'))).toEqual(['[UNIVERSAL 22] 2: "hi"']);
  });
});
