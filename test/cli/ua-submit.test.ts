/** `restante ua submit`, `sent` and `cancel`, and the boxes of the other subcommands. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../store/samples.js';
import { jsonOf, ran } from '../support/command.js';
import { type Loop, loopOf } from '../support/loop.js';
import { addressOf, USER_PASSWORD } from '../support/server.js';

const BRAVO = addressOf('bravo');
let loop: Loop;
let folder: string;

const ua = (user: string, command: string, ...args: string[]) => {
  const store = ['--port', String(loop.server.port), '--password', USER_PASSWORD];
  return ran('ua', command, ...store, '--user', addressOf(user), ...args);
};
interface Submissions {
  readonly submissions: readonly {
    readonly identifier: string | null;
    readonly entry: number | null;
    readonly error: string | null;
  }[];
}

beforeAll(async () => {
  loop = await loopOf(['alpha', 'bravo']);
  folder = mkdtempSync(join(tmpdir(), 'restante-submit-'));
  writeFileSync(join(folder, 'text.txt'), 'Hello\n');
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await loop.dispose();
});

describe('ua submit', () => {
  const text = () => join(folder, 'text.txt');
  const submit = (...args: string[]) =>
    ua('alpha', 'submit', text(), '--text', '--to', BRAVO, ...args);

  test('a text goes out, is kept, arrives, and is told of', async () => {
    const sent = await submit('--subject', 'Alpha', '--keep', '--report', 'report', '--receipt');
    expect(sent).toMatchObject({ code: 0, err: [] });
    expect(sent.out.join('\n')).toMatch(/submitted/);
    await eventually(async () => /delivered/.test((await ua('alpha', 'sent')).out.join('\n')));
    const { sent: story } = jsonOf<{ sent: object[] }>(await ua('alpha', 'sent', '--json'));
    const recipients = [{ address: BRAVO, state: 'delivered' }];
    expect(story).toMatchObject([{ sequence: 1, subject: 'Alpha', recipients }]);
    const there = await ua('bravo', 'fetch', '--new');
    expect(there.out).toEqual(expect.arrayContaining(['  subject: Alpha', 'Hello']));
    const out = await ua('alpha', 'list', '--box', 'out', '--json');
    expect(jsonOf<{ entries: object[] }>(out).entries).toMatchObject([
      { number: 1, type: 'submitted-message', status: 'processed', subject: 'Alpha' },
    ]);
    const copy = await ua('alpha', 'fetch', '1', '--box', 'out', '--out', join(folder, 'copy'));
    expect(copy.code).toBe(0);
    expect(readFileSync(join(folder, 'copy')).toString('latin1')).toContain('Hello');
    expect(await ua('alpha', 'delete', '1', '--box', 'out')).toMatchObject({ code: 0 });
    expect((await ua('alpha', 'sent')).out).toEqual([]);
  });

  test('a draft, a probe, a deferral that is cancelled', async () => {
    const draft = jsonOf<Submissions>(await submit('--draft', '--json')).submissions[0];
    expect(draft).toMatchObject({ identifier: null, error: null });
    const drafts = await ua('alpha', 'list', '--box', 'draft', '--numbers', '--json');
    expect(jsonOf<{ entries: object[] }>(drafts).entries).toMatchObject([{ number: draft?.entry }]);
    const probe = jsonOf<Submissions>(await submit('--probe', '--json')).submissions[0];
    expect(probe?.identifier).toMatch(/MTA-1/);
    const deferred = await submit('--defer', '2040-01-01T00:00:00Z', '--json');
    const identifier = jsonOf<Submissions>(deferred).submissions[0]?.identifier ?? '';
    expect(await ua('alpha', 'cancel', identifier)).toMatchObject({ code: 0, out: ['cancelled'] });
    const again = await ua('alpha', 'cancel', identifier);
    expect(again.code).toBe(1);
    expect(again.err.join()).toMatch(/message-submission-identifier-invalid/);
  });

  test.each([
    [['--draft', '--keep'], /draft/],
    [['--defer', 'soon'], /2026-01-31T08:00:00Z/],
    [['--to', 'nowhere'], /nowhere/],
  ])('%j is refused before anything is sent', async (args, complaint) => {
    const refused = await submit(...args);
    expect(refused.code).toBe(2);
    expect(refused.err.join('\n')).toMatch(complaint);
  });

  test('what the store refuses is told by file', async () => {
    loop.mta.abortAll();
    await loop.mta.close();
    const refused = await submit('--json');
    expect(refused.code).toBe(1);
    expect(jsonOf<Submissions>(refused).submissions).toMatchObject([
      { identifier: null, error: expect.stringMatching(/remote-bind-error/) },
    ]);
  });
});
