import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Directory, type MailboxRecord } from '../../src/directory/directory.js';
import { hashPassword, isPasswordHash, PasswordVerifier } from '../../src/directory/password.js';
import { parseMailboxId } from '../../src/engine/mailbox-id.js';
import { parseOrAddress } from '../../src/x411/or-address-text.js';
import { keepOrName, type OrName } from '../../src/x411/or-name.js';

const octets = (text: string) => Buffer.from(text);

function nameOf(address: string): OrName {
  const parsed = parseOrAddress(address);
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  return parsed.name;
}

const ADDRESS = '/C=XX/A=ICAO/P=TEST/O=R/CN=ALPHA/';

async function mailbox(address = ADDRESS, id = 'alpha'): Promise<MailboxRecord> {
  const mailboxId = parseMailboxId(id);
  if (mailboxId === null) throw new Error('a test names a good mailbox');
  return { id: mailboxId, addresses: [address], passwordHash: await hashPassword('secret') };
}

describe('passwords', () => {
  test('the right one is right, again and again; others are not', async () => {
    const verifier = new PasswordVerifier();
    const hash = await hashPassword('secret');
    expect(hash).not.toBe(await hashPassword('secret'));
    expect(await verifier.verify(octets('secret'), hash)).toBe(true);
    expect(await verifier.verify(octets('secret'), hash)).toBe(true);
    expect(await verifier.verify(octets('secret '), hash)).toBe(false);
    expect(await verifier.verify(octets(''), hash)).toBe(false);
    expect(await verifier.verify(octets('secret'), null)).toBe(false);
    expect(await verifier.verify(octets('secret'), 'scrypt$nonsense')).toBe(false);
  });

  test.each([
    [2, 1, 1],
    [16, 1, 16],
    [16_384, 8, 1],
  ])('a hash of any cost that is taken can be verified: N %i, r %i, p %i', async (N, r, p) => {
    const salt = octets('saltsaltsaltsalt');
    const hash = scryptSync('secret', salt, 32, { N, r, p });
    const text = `scrypt$${N}$${r}$${p}$${salt.toString('base64')}$${hash.toString('base64')}`;
    const verifier = new PasswordVerifier();
    expect(isPasswordHash(text)).toBe(true);
    expect(await verifier.verify(octets('secret'), text)).toBe(true);
    expect(await verifier.verify(octets('other'), text)).toBe(false);
  });

  test.each([
    'secret',
    '',
    'scrypt$16384$8$1$c2FsdA==',
    'scrypt$16383$8$1$c2FsdA==$aGFzaGhhc2hoYXNoaGFzaGhhc2g=',
    'scrypt$9999999$8$1$c2FsdA==$aGFzaGhhc2hoYXNoaGFzaGhhc2g=',
    'scrypt$16384$8$1$c2FsdA==$c2hvcnQ=',
  ])('%j is no hash', (text) => expect(isPasswordHash(text)).toBe(false));
});

describe('directory', () => {
  test('an address is found by its encoded name, again and again, however spelled', async () => {
    const directory = new Directory([await mailbox()], []);
    const contents = (address: string) => keepOrName(nameOf(address)).content;
    const other = '/C=XX/A=ICAO/P=TEST/O=R/CN=OTHER/';
    for (let round = 0; round < 2; round += 1) {
      expect(directory.mailboxOfContents(contents(ADDRESS))).toBe('alpha');
      expect(directory.mailboxOfContents(contents(ADDRESS.replace('ALPHA', 'alpha')))).toBe(
        'alpha',
      );
      expect(directory.mailboxOfContents(contents(other))).toBeNull();
      expect(() => directory.mailboxOfContents(Uint8Array.of(5))).toThrowError(
        expect.objectContaining({ kind: 'violation' }),
      );
    }
  });

  test('an address finds its mailbox whatever its case and spaces', async () => {
    const directory = new Directory([await mailbox()], []);
    expect(directory.mailboxOf(nameOf(ADDRESS))).toBe('alpha');
    expect(directory.mailboxOf(nameOf('CN= alpha ; O=r; P=test; A=icao; C=xx'))).toBe('alpha');
    expect(directory.mailboxOf(nameOf(ADDRESS.replace('ALPHA', 'ALPHA2')))).toBeNull();
  });

  test('a user binds with its own password only', async () => {
    const directory = new Directory([await mailbox()], []);
    const name = nameOf(ADDRESS);
    expect(await directory.authenticateUser(name, octets('secret'))).toBe('alpha');
    expect(await directory.authenticateUser(name, octets('Secret'))).toBeNull();
    expect(await directory.authenticateUser(name, null)).toBeNull();
    const stranger = nameOf(ADDRESS.replace('ALPHA', 'NOBODY'));
    expect(await directory.authenticateUser(stranger, octets('secret'))).toBeNull();
  });

  test('an MTA binds by name', async () => {
    const passwordHash = await hashPassword('mta');
    const directory = new Directory([], [{ name: 'MTA-1', passwordHash, reportsTo: null }]);
    expect(await directory.authenticateMta('MTA-1', octets('mta'))).toMatchObject({
      name: 'MTA-1',
    });
    expect(await directory.authenticateMta('MTA-2', octets('mta'))).toBeNull();
    expect(await directory.authenticateMta('MTA-1', octets('secret'))).toBeNull();
  });

  test('one address belongs to one mailbox', async () => {
    const twice = [await mailbox(), await mailbox(ADDRESS.toLowerCase(), 'bravo')];
    expect(() => new Directory(twice, [])).toThrow(/the same address as mailbox alpha/);
  });
});
