/** The programs in docs/client.md: they compile under strict rules, and do what they say. */
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

describe('the examples of the client library', () => {
  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    server = await testServer(['alpha']);
    await server.start();
  });
  afterAll(async () => {
    await server.dispose();
    rmSync(FOLDER, { recursive: true, force: true });
  });

  const MTA = 'an MTA to submit to';
  test.each([
    ['deliver and collect', ['1 new', 'Alpha: text, file', 'sequenceNumberError: no-such-entry']],
    [MTA, ['listening']],
  ])('compiles and runs: %s', { timeout: 60_000 }, async (name, lines) => {
    const page = readFileSync(`${ROOT}docs/client.md`, 'utf8');
    const programs = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, program]) => program);
    expect(programs).toHaveLength(2);
    const file = `${FOLDER}/${name.replaceAll(' ', '-')}`;
    writeFileSync(`${file}.ts`, programs[name === MTA ? 1 : 0] ?? '');
    const rules = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const form = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = `${ROOT}node_modules/.bin/tsc`;
    await run(tsc, ['--ignoreConfig', ...rules, ...form, `${file}.ts`], { cwd: ROOT });
    const given = [String(server.port), MTA_PASSWORD, USER_PASSWORD, addressOf('alpha')];
    const { stdout } = await run(process.execPath, [`${file}.js`, ...given]);
    expect(stdout.split('\n')).toEqual([...lines, '']);
  });
});
