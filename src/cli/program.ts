/**
 * The command line: arguments in, exit code out. Setup errors are one line and code 2.
 *
 * Each command loads what it needs when it runs: a store that starts has no use for the clients,
 * whose modules would take as long to load as all of its own.
 *
 * Source: ours.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { CheckOptions } from './check.js';
import type { CommandContext, Terminal } from './terminal.js';

/** A demo that fails says so last, where it is seen. */
async function runDemo({ print, complain }: Terminal): Promise<number> {
  const { demo } = await import('../demo/demo.js');
  try {
    return await demo(print);
  } catch (error) {
    complain(`THE DEMO FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

/** A shard's thread loads its modules while we load ours. */
async function runServe(config: string, { print }: Terminal): Promise<number> {
  const { dropEarly, startEarly } = await import('../engine/pool.js');
  startEarly(new URL('../shard/worker.js', import.meta.url));
  try {
    const { serve } = await import('./serve.js');
    return await serve(config, print);
  } finally {
    await dropEarly();
  }
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Runs one command. `args` are those after the program's name. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const program = await programOf(args, { terminal, finish });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { failureOf } = await import('./failure.js');
    const failure = failureOf(error);
    if (failure === null) throw error;
    terminal.complain(failure.line);
    return failure.exitCode;
  }
  return exitCode;
}

/** Commands with commands beneath them are made whole only where the arguments name them. */
async function clientCommands(args: readonly string[], context: CommandContext) {
  const mta = args.includes('mta')
    ? (await import('./mta.js')).mtaCommand(context)
    : new Command('mta');
  const ua = args.includes('ua') ? (await import('./ua.js')).uaCommand(context) : new Command('ua');
  return [
    mta.description('an MTA over P3: delivers into a store, takes submissions'),
    ua.description('a P7 client: look into a mailbox and collect'),
  ];
}

async function programOf(args: readonly string[], context: CommandContext): Promise<Command> {
  const { terminal, finish } = context;
  const program = new Command('restante')
    .description('an open X.400 Message Store')
    .version(version());
  program
    .command('serve')
    .description('run the store until SIGTERM; the file is made with defaults when absent')
    .option('--config <file>', 'the configuration file', 'restante.yaml')
    .action(async ({ config }: { config: string }) => {
      finish(await runServe(config, terminal));
    });
  for (const command of await clientCommands(args, context)) program.addCommand(command);
  for (const name of ['check', 'rebuild'] as const) {
    program
      .command(name)
      .description(
        name === 'check'
          ? 'compare the index with the message files, and repair it; no server may run'
          : 'throw the index away and read it from the message files; no server may run',
      )
      .option('--config <file>', 'the configuration file', 'restante.yaml')
      .option('--read-all', 'read every message file whole and verify its checksums')
      .option('--json', 'print the report as JSON')
      .action(async (options: CheckOptions) => {
        const { check } = await import('./check.js');
        finish(await check(options, name === 'rebuild', terminal));
      });
  }
  program
    .command('demo')
    .description('show the main job: deliver, collect, restart, compare')
    .action(async () => finish(await runDemo(terminal)));
  program
    .command('passwd')
    .description('hash a password, read from standard input, for the configuration file')
    .action(async () => {
      const { passwd } = await import('./passwd.js');
      finish(await passwd(terminal.print));
    });
  program
    .command('inspect')
    .description('print the BER of a file as a tree')
    .argument('<file>')
    .action(async (file: string) => {
      const { inspect } = await import('./inspect.js');
      finish(inspect(file, terminal.print));
    });
  for (const command of withAll(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    });
  }
  return program;
}

/** A command and all beneath it: those that are added do not inherit. */
function withAll(command: Command): Command[] {
  return [command, ...command.commands.flatMap((one) => withAll(one as Command))];
}
