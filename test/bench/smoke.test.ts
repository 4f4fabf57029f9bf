/** Every bench at its smallest scale, so that none rots. Its figures are not judged here. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

test('each workload runs and answers', { timeout: 120_000 }, () => {
  const runner = `${ROOT}build/bench/run.js`;
  if (!existsSync(runner)) {
    execFileSync('npx', ['tsc', '-p', 'tsconfig.bench.json'], { cwd: ROOT, stdio: 'inherit' });
  }
  const printed = execFileSync(process.execPath, [runner, '--scale', 'smoke'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const id of ['delivery.10k.1', 'delivery.10k.64', 'cycle.10k.8', 'list-new.100k']) {
    expect(printed).toContain(id);
  }
});
