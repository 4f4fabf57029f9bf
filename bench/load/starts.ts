/**
 * Starts: how long until a server that was just started answers, with what it finds on disk.
 *
 * Source: ours.
 */
import { rmSync } from 'node:fs';
import * as layout from '../../src/store/layout.js';
import { userOf } from './lists.js';
import { check } from './scenario.js';
import { ServerProcess } from './server-process.js';

/** From the start of the process to the first fetch of a whole content, ms. */
export async function startToFetch(server: ServerProcess, mailbox: string): Promise<number> {
  const start = performance.now();
  await server.start();
  const user = await userOf(server.port, mailbox);
  const { entry } = await user.fetch({ sequence: 1, attributes: ['2.6.4.3.1'] });
  const elapsedMs = performance.now() - start;
  check((entry?.content?.length ?? 0) > 0, 'the first message is served');
  user.abort();
  return elapsedMs;
}

/** From the start of the process until the mailbox counts all its messages, ms. */
export async function startToCount(
  server: ServerProcess,
  mailbox: string,
  wanted: number,
): Promise<number> {
  const start = performance.now();
  await server.start();
  const user = await userOf(server.port, mailbox);
  while ((await user.summarize()).count < wanted) {
    // A server that serves while it rebuilds counts less until it is through.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const elapsedMs = performance.now() - start;
  user.abort();
  return elapsedMs;
}

/** What a server needs to start with nothing in its store, ms. */
export async function emptyStart(): Promise<number> {
  const server = new ServerProcess(['bench-0']);
  try {
    return await startToCount(server, 'bench-0', 0);
  } finally {
    await server.kill();
  }
}

/** Takes away journal and snapshot: only message files are left to start from. */
export function removeSnapshot(server: ServerProcess): void {
  rmSync(layout.shardsDirectory(server.data), { recursive: true, force: true });
}
