/** The program in docs/client.md: it compiles under strict rules, and does what it says. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addressOf,
  MTA_PASSWORD,
  type TestServer,
  testServer,
  USER_PASSWORD,
} from '../support/server.js';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url).pathname;
// Within the package, so that it may import the package by its name.
const FOLDER = `${ROOT}build/example-${process.pid}`;
let server: TestServer;

describe('the example of the client library', () => {
  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    server = await testServer(['alpha']);
    await server.start();
  });
  afterAll(async () => {
    await server.dispose();
    rmSync(FOLDER, { recursive: true, force: true });
  });

  test('compiles and runs', { timeout: 60_000 }, async () => {
    const page = readFileSync(`${ROOT}docs/client.md`, 'utf8');
    const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
    writeFileSync(`${FOLDER}/example.ts`, program);
    const rules = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const form = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = `${ROOT}node_modules/.bin/tsc`;
    await run(tsc, ['--ignoreConfig', ...rules, ...form, `${FOLDER}/example.ts`], { cwd: ROOT });
    const given = [String(server.port), MTA_PASSWORD, USER_PASSWORD, addressOf('alpha')];
    const { stdout } = await run(process.execPath, [`${FOLDER}/example.js`, ...given]);
    expect(stdout.split('\n')).toEqual([
      '1 new',
      'Alpha: text, file',
      'sequenceNumberError: no-such-entry',
      '',
    ]);
  });
});
