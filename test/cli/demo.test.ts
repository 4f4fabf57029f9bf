import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/program.js';

async function demo() {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    print: (line: string) => out.push(line),
    complain: (line: string) => err.push(line),
    write: () => undefined,
  };
  return { code: await run(['demo'], terminal), out, err };
}

describe('restante demo', () => {
  test('goes through to the end', { timeout: 120_000 }, async () => {
    const { code, out, err } = await demo();
    expect(err).toEqual([]);
    expect(code).toBe(0);
    expect(out.filter((line) => line.includes('the same octets'))).toHaveLength(8 + 10 + 2);
    expect(out.join('\n')).toMatch(/out box \d+ {2}FPL RST431 {2}to \S+: read/);
    expect(out.at(-1)).toMatch(/^all as it was delivered, octet for octet/);
  });

  test('says loudly that it has failed, here because the store cannot start', async () => {
    const { PATH } = process.env;
    const empty = mkdtempSync(join(tmpdir(), 'restante-no-path-'));
    process.env.PATH = empty;
    try {
      const { code, err } = await demo();
      expect(code).toBe(1);
      expect(err).toEqual([expect.stringMatching(/^THE DEMO FAILED: the store ended: data: /)]);
    } finally {
      process.env.PATH = PATH;
      rmSync(empty, { recursive: true });
    }
  });
});
