/**
 * Passwords: kept as scrypt hashes, compared in constant time. A password that was right is
 * remembered for a while as a keyed digest, for clients that poll bind hundreds of times a minute
 * and scrypt is slow on purpose.
 *
 *     scrypt$16384$8$1$<salt, base64>$<hash, base64>
 *
 * Source: ours; RFC 7914 for scrypt.
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);

const COST = { N: 16_384, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Of what an operator may write: beyond it one bind would cost more memory than we allow. */
const COST_MAX = 2 ** 20;
const REMEMBERED_MAX = 10_000;

interface ParsedHash {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** The form in which a password stands in the configuration. */
export async function hashPassword(password: string | Uint8Array): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const octets = typeof password === 'string' ? Buffer.from(password, 'utf8') : password;
  const hash = await derive(octets, salt, HASH_BYTES, COST);
  const { N, r, p } = COST;
  return `scrypt$${N}$${r}$${p}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Whether a text is such a form. */
export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== null;
}

function parseHash(text: string): ParsedHash | null {
  const match = /^scrypt\$(\d{1,7})\$(\d{1,3})\$(\d{1,3})\$([\w+/=]+)\$([\w+/=]+)$/.exec(text);
  if (match === null) return null;
  const [N = 0, r = 0, p = 0] = match.slice(1, 4).map(Number);
  const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0;
  if (!isPowerOfTwo || N > COST_MAX || r < 1 || r > 32 || p < 1 || p > 16) return null;
  const [salt, hash] = [
    Buffer.from(match[4] ?? '', 'base64'),
    Buffer.from(match[5] ?? '', 'base64'),
  ];
  return hash.length < 16 ? null : { N, r, p, salt, hash };
}

/** What an unknown user's password is compared with, so that it costs the same. */
const NOBODY: ParsedHash = {
  ...COST,
  salt: randomBytes(SALT_BYTES),
  hash: randomBytes(HASH_BYTES),
};

export class PasswordVerifier {
  /** Keyed digests of (hash, password) pairs that were right; oldest first. */
  readonly #remembered = new Set<string>();
  readonly #key = randomBytes(32);

  /** `hash` null: an unknown user; the answer is false and takes as long. */
  async verify(password: Uint8Array, hash: string | null): Promise<boolean> {
    const parsed = hash === null ? null : parseHash(hash);
    const digest = createHmac('sha256', this.#key)
      .update(`${hash}\0`)
      .update(password)
      .digest('base64');
    if (this.#remembered.has(digest)) return true;
    const { N, r, p, salt, hash: expected } = parsed ?? NOBODY;
    const options = { N, r, p, maxmem: 256 * r * (N + p + 2) };
    const found = await derive(password, salt, expected.length, options);
    const isRight = timingSafeEqual(found, expected) && parsed !== null;
    if (isRight) this.#remember(digest);
    return isRight;
  }

  #remember(digest: string): void {
    this.#remembered.add(digest);
    if (this.#remembered.size <= REMEMBERED_MAX) return;
    for (const oldest of this.#remembered) {
      this.#remembered.delete(oldest);
      return;
    }
  }
}
