import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDefaultConfig, loadConfig, parseConfig } from '../../src/config/config.js';

const HASH =
  'scrypt$16384$8$1$c2FsdHNhbHRzYWx0c2FsdA==$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g=';

describe('config', () => {
  test('an empty file has defaults', () => {
    expect(parseConfig('', '/folder')).toMatchObject({
      listen: { host: '127.0.0.1', port: 10_102 },
      data: '/folder/data',
      mailboxes: [],
    });
  });

  test('the default file loads, and is never written over', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'restante-config-'));
    const path = join(folder, 'restante.yaml');
    await createDefaultConfig(path);
    expect(loadConfig(path).mailboxes.map(({ id }) => id)).toEqual(['alpha', 'bravo']);
    await expect(createDefaultConfig(path)).rejects.toThrow(/EEXIST/);
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['listen: { prot: 1 }', /^listen.prot: there is no such key \(line 1\)$/],
    ['data: x\nshard: 2', /^shard: there is no such key \(line 2\)$/],
    ['listen: { port: 70000 }', /^listen.port: /],
    ['mailboxes: [{ id: Alpha, address: a, password: x }]', /^mailboxes\[0\]/],
    [
      `mailboxes: [{ id: a, address: a, password: secret }]`,
      /^mailboxes\[0\].password: .*restante passwd/,
    ],
    [
      `mtas: [{ name: M, password: "${HASH}" }, { name: M, password: "${HASH}" }]`,
      /^mtas\[1\]: .*twice/,
    ],
    [
      `mtas: [{ name: M, password: "${HASH}", submission: { host: a, prot: 1 } }]`,
      /^mtas\[0\].submission.prot: there is no such key/,
    ],
    [
      `mtas: [{ name: M, password: "${HASH}", submission: { host: a, address: nobody } }]`,
      /^mtas\[0\].submission.address: /,
    ],
    [
      `mailboxes: [{ id: a, address: a, password: "${HASH}", submission: { mta: M } }]
mtas: [{ name: M, password: "${HASH}" }]`,
      /^mailboxes\[0\].submission.mta: M is no MTA with a submission entry/,
    ],
    ['data: [', /^[^\n]*line 1[^\n]*$/],
    ['shards: 0', /^shards: .*\(line 1\)$/],
  ])('%s is refused with its place', (text, message) => {
    expect(() => parseConfig(text, '/')).toThrowError(
      expect.objectContaining({ kind: 'config', message: expect.stringMatching(message) }),
    );
  });

  test('an MTA that takes submissions needs no more than a host', () => {
    const text = `mtas: [{ name: M, password: "${HASH}", submission: { host: mta.example } }]`;
    expect(parseConfig(text, '/').mtas[0]?.submission).toMatchObject({
      host: 'mta.example',
      port: 102,
      applicationContext: 'mts-access-88',
      bindAs: 'mailbox',
      nameForm: 'message-store',
    });
  });

  test('a folder is no file, and a file is not made where there is no folder', async () => {
    expect(() => loadConfig('/')).toThrow('/: cannot be read (EISDIR)');
    const absent = createDefaultConfig('/nowhere/restante.yaml');
    await expect(absent).rejects.toThrow('/nowhere/restante.yaml: cannot be written (ENOENT)');
  });

  test('a file that is not there is said to be', () => {
    expect(() => loadConfig('/nowhere/restante.yaml')).toThrow('is not there');
  });
});
