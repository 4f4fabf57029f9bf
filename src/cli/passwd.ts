/**
 * `restante passwd`: a password from standard input, its hash for the configuration file.
 *
 * Source: ours.
 */
import { createInterface } from 'node:readline/promises';
import { ConfigError } from '../base/errors.js';
import { hashPassword } from '../directory/password.js';
import { PASSWORD_BYTES_MAX } from '../limits/upper-bounds.js';

/** Reads one line. Throws ConfigError for a password that no bind could carry. */
export async function passwd(print: (line: string) => void): Promise<number> {
  const lines = createInterface({ input: process.stdin });
  const { value } = await lines[Symbol.asyncIterator]().next();
  lines.close();
  const password = String(value ?? '');
  const isCarried = password.length > 0 && Buffer.byteLength(password) <= PASSWORD_BYTES_MAX;
  if (!isCarried) throw new ConfigError('password', `1 to ${PASSWORD_BYTES_MAX} octets`);
  print(await hashPassword(password));
  return 0;
}
