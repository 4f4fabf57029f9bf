/** Samples that are not part of the project: real captures, beside a developer's checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = process.env.RESTANTE_SHARED ?? new URL('../../../shared', import.meta.url).pathname;

export const HAS_SHARED = existsSync(join(FOLDER, 'samples'));

/** For titles of tests that are skipped where the samples are not there. */
export const WHY_SKIPPED = HAS_SHARED ? '' : ' (skipped: ../shared/samples is not here)';

export function readShared(name: string): Buffer {
  return readFileSync(join(FOLDER, name));
}
