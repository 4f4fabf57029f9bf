#!/usr/bin/env node
/**
 * The program's way in.
 *
 * Source: ours.
 */
import { run } from './cli/program.js';

// Who reads our output may stop before we are done, as `head` does. We end as SIGPIPE would end us.
const SIGPIPE_EXIT_CODE = 141;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(SIGPIPE_EXIT_CODE);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  write: (octets) => process.stdout.write(octets),
});
