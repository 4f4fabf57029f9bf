/**
 * What the machine itself can do, measured beside the workloads: with the same sizes, the same
 * numbers at once, on the same disk, and without any of our work between.
 *
 * Source: ours; docs/bench.md.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { NodeDisk } from '../../src/store/disk/disk.js';
import type { Limit } from '../figure.js';
import { benchDirectory } from './server-process.js';

const SEGMENT_BYTES = 64 << 20;
const BUCKET = 1_000;
const FRONT_BYTES = 4_096;

/** Commits to a preallocated file, one in flight, `batch` records each: records a second. */
export async function journalLimit(
  batch: number,
  recordBytes: number,
  timeMs: number,
): Promise<Limit> {
  const disk = new NodeDisk();
  const handle = disk.preallocate(join(benchDirectory(), 'journal'), SEGMENT_BYTES);
  const size = Math.max(1, Math.round(batch));
  const pieces = Array.from({ length: size }, () => Buffer.alloc(recordBytes, 0x5a));
  const commit = (position: number) =>
    new Promise<void>((resolve, reject) => {
      const done = (error: Error | null) => (error === null ? resolve() : reject(error));
      disk.write(handle, pieces, position, (error) =>
        error === null ? disk.fdatasync(handle, done) : done(error),
      );
    });
  let commits = 0;
  let position = 0;
  const start = performance.now();
  while (performance.now() - start < timeMs) {
    if (position + size * recordBytes > SEGMENT_BYTES) position = 0;
    await commit(position);
    position += size * recordBytes;
    commits += 1;
  }
  const value = (commits * size * 1_000) / (performance.now() - start);
  disk.close(handle);
  const what = `commits of ${size} x ${recordBytes} B to a preallocated file, fdatasync`;
  return { what, value };
}

/** Files created, written and renamed, without a sync: files a second of one thread. */
export function filesLimit(fileBytes: number, timeMs: number): Limit {
  const disk = new NodeDisk();
  const root = benchDirectory();
  const octets = Buffer.alloc(fileBytes, 0x5a);
  let count = 0;
  let directory = '';
  const start = performance.now();
  while (performance.now() - start < timeMs) {
    if (count % BUCKET === 0) {
      directory = join(root, String(count / BUCKET));
      mkdirSync(directory);
    }
    const path = join(directory, String(count));
    disk.writeFile(`${path}n`, octets);
    disk.rename(`${path}n`, `${path}p`);
    count += 1;
  }
  const value = (count * 1_000) / (performance.now() - start);
  return { what: `files of ${fileBytes} B created, written, renamed`, value };
}

/** Fronts of files in a directory tree read from the page cache: files a second of one thread. */
export function readLimit(root: string, timeMs: number): Limit {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const octets = Buffer.allocUnsafe(FRONT_BYTES);
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < timeMs) {
    const handle = openSync(paths[count % paths.length] as string, 'r');
    readSync(handle, octets, 0, FRONT_BYTES, 0);
    closeSync(handle);
    count += 1;
  }
  const value = (count * 1_000) / (performance.now() - start);
  return { what: `open, pread ${FRONT_BYTES} B, close from the page cache`, value };
}

/** A bare Node.js process from start to end: ms. */
export function processLimit(runs: number): Limit {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return { what: 'a bare Node.js process, start to end', value: times[runs >> 1] ?? 0 };
}

export interface EchoOptions {
  readonly connections: number;
  /** Requests that each connection has outstanding. */
  readonly outstanding?: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly timeMs: number;
}

/** Requests answered a second by a process that does nothing else. */
export async function echoLimit(options: EchoOptions): Promise<Limit> {
  const { connections, outstanding = 1, requestBytes, replyBytes } = options;
  const echo = fork(new URL('./echo-process.js', import.meta.url).pathname, [
    String(requestBytes),
    String(replyBytes),
  ]);
  try {
    const value = await echoRate(echo, options);
    const what = `loopback echo, ${connections} x ${outstanding}, ${requestBytes}/${replyBytes} B`;
    return { what, value };
  } finally {
    echo.kill('SIGKILL');
  }
}

async function echoRate(echo: ChildProcess, options: EchoOptions): Promise<number> {
  const { connections, outstanding = 1, requestBytes, replyBytes, timeMs } = options;
  const [port] = (await once(echo, 'message')) as [number];
  const request = Buffer.alloc(requestBytes, 1);
  let count = 0;
  const sockets = Array.from({ length: connections }, () => {
    let received = 0;
    const buffer = Buffer.allocUnsafeSlow(256 * 1024);
    const callback = (bytes: number) => {
      received += bytes;
      for (; received >= replyBytes; received -= replyBytes) {
        count += 1;
        socket.write(request);
      }
      return true;
    };
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer, callback },
    });
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const start = performance.now();
  for (const socket of sockets) for (let i = 0; i < outstanding; i += 1) socket.write(request);
  // On a machine that is busy with other things the time may pass without an answer.
  do await new Promise((resolve) => setTimeout(resolve, timeMs));
  while (count === 0);
  const rate = (count * 1_000) / (performance.now() - start);
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.destroy();
  }
  return rate;
}

/** The same as time: one at a time, ms each. */
export async function echoTimeLimit(
  requestBytes: number,
  replyBytes: number,
  timeMs: number,
): Promise<Limit> {
  const rate = await echoLimit({ connections: 1, requestBytes, replyBytes, timeMs });
  return { what: rate.what, value: 1_000 / rate.value };
}
