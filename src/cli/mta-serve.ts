/**
 * `restante mta serve`: an MTA that takes submissions, delivers them to stores and reports, until
 * it is told to stop; what happens is told line by line.
 *
 * Source: X.411 (1999) 8.2, 8.3.
 */
import { once } from 'node:events';
import { Command } from 'commander';
import { ConfigError } from '../base/errors.js';
import { type MtaEvent, MtaServer } from '../client/index.js';
import { readYaml } from '../config/yaml-file.js';
import { parseScenario } from './mta-scenario.js';
import type { MtaOptions } from './mta-session.js';
import { integerIn, passwordOf } from './options.js';
import { type CommandContext, EXIT, printable } from './terminal.js';

interface Options extends MtaOptions {
  readonly scenario?: string;
  readonly listen?: number;
  readonly seconds?: number;
  readonly json?: true;
}

const SECONDS_MAX = 1_000_000;

export function serveCommand({ terminal, finish }: CommandContext): Command {
  return new Command('serve')
    .description('take submissions, deliver them to stores, report; until SIGTERM')
    .option('--scenario <file>', 'YAML: users, stores, faults; without: everybody, one store')
    .option('--listen <port>', 'the TCP port for submissions', integerIn(0, 65_535))
    .option('--seconds <number>', 'stop after so long', integerIn(1, SECONDS_MAX))
    .option('--json', 'one JSON object a line')
    .action(async (options: Options, command: Command) => {
      const signal = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
      const tell = (event: MtaEvent | { readonly type: 'listening'; readonly port: number }) =>
        terminal.print(options.json ? JSON.stringify(event) : lineOf(event));
      const server = await open(options, command, tell);
      tell({ type: 'listening', port: server.port });
      await Promise.race([signal, secondsOf(options.seconds)]);
      await server.close();
      finish(EXIT.done);
    });
}

async function open(
  options: Options,
  command: Command,
  onEvent: (event: MtaEvent) => void,
): Promise<MtaServer> {
  const text = options.scenario === undefined ? '' : readYaml(options.scenario);
  const isNameGiven = command.getOptionValueSource('name') !== 'default';
  const scenario = parseScenario(text, {
    ...(isNameGiven && { name: options.name }),
    password: () => passwordOf(options),
    store: { host: options.host, port: options.port },
  });
  const { listen } = options;
  const port = listen === undefined ? {} : { port: listen };
  return MtaServer.open({ ...scenario, ...port, onEvent }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new ConfigError('listen', (error as Error).message);
  });
}

function secondsOf(seconds: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (seconds !== undefined) setTimeout(resolve, 1000 * seconds);
  });
}

/** `submitted [/C=XX/...;MTA-1.x.1]`: the type, then what it is about. */
function lineOf(event: Readonly<Record<string, unknown>>): string {
  const { type, ...fields } = event;
  return printable([type, ...Object.values(fields)].join('  '));
}
