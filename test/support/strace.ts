/** Whether strace can run here: some places have the program and forbid what it does. */
import { execFileSync } from 'node:child_process';

export const HAS_STRACE = ((): boolean => {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** For titles of tests that are skipped without it. */
export const WHY_WITHOUT_STRACE = HAS_STRACE ? '' : ' (skipped: strace cannot run here)';
