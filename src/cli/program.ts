/**
 * The command line: arguments in, exit code out. Setup errors are one line and code 2.
 *
 * Source: ours.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../base/errors.js';
import { demo } from '../demo/demo.js';
import { inspect } from './inspect.js';
import { passwd } from './passwd.js';
import { serve } from './serve.js';

export interface Terminal {
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** A demo that fails says so last, where it is seen. */
async function runDemo({ print, complain }: Terminal): Promise<number> {
  try {
    return await demo(print);
  } catch (error) {
    complain(`THE DEMO FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Runs one command. `args` are those after the program's name. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const program = new Command('restante')
    .description('an open X.400 Message Store')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    });
  program
    .command('inspect')
    .description('print the BER of a file as a tree')
    .argument('<file>')
    .action((file: string) => {
      exitCode = inspect(file, terminal.print);
    });
  program
    .command('serve')
    .description('run the store until SIGTERM; the file is made with defaults when absent')
    .option('--config <file>', 'the configuration file', 'restante.yaml')
    .action(async ({ config }: { config: string }) => {
      exitCode = await serve(config, terminal.print);
    });
  program
    .command('demo')
    .description('show the main job: deliver, collect, restart, compare')
    .action(async () => {
      exitCode = await runDemo(terminal);
    });
  program
    .command('passwd')
    .description('hash a password, read from standard input, for the configuration file')
    .action(async () => {
      exitCode = await passwd(terminal.print);
    });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof ConfigError)) throw error;
    terminal.complain(error.message);
    return 2;
  }
  return exitCode;
}
