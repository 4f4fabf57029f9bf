/**
 * `restante serve`: the store, until it is told to stop. SIGUSR2 makes it log its statistics.
 *
 * Source: ours.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createDefaultConfig, DEFAULT_PASSWORD, loadConfig } from '../config/config.js';
import { startServer } from '../server.js';
import { createLog } from '../telemetry/log.js';

/** Runs until SIGTERM or SIGINT, then stops in order; the exit code is 0. */
export async function serve(path: string, print: (line: string) => void): Promise<number> {
  if (!existsSync(path)) {
    await createDefaultConfig(path);
    print(`made ${path}: an MTA and two mailboxes, every password "${DEFAULT_PASSWORD}"`);
  }
  // Listened for from now on: who sends a signal may have seen that we listen before we go on here.
  const signal = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const server = await startServer(loadConfig(path), createLog());
  process.on('SIGUSR2', () => void server.logStatistics());
  await signal;
  await server.stop();
  return 0;
}
