#!/usr/bin/env node
/**
 * The program's way in.
 *
 * Source: ours.
 */
import { run } from './cli/program.js';

process.exitCode = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
});
