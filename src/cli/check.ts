/**
 * `restante check` and `restante rebuild`: the index against the files, while no server runs.
 *
 * Source: ours; cli-progress for the bar, which also knows when the output is no terminal.
 */
import { Presets, SingleBar } from 'cli-progress';
import { loadConfig } from '../config/config.js';
import { logsConfigured } from '../config/logs.js';
import { type MaintenanceReport, maintain } from '../store/maintenance.js';
import type { Terminal } from './terminal.js';

export interface CheckOptions {
  readonly config: string;
  readonly readAll?: boolean;
  readonly json?: boolean;
}

/** Exit code 0: all is well. 1: something was repaired or is damaged; the lines say what. */
export async function check(
  { config, readAll = false, json = false }: CheckOptions,
  rebuilds: boolean,
  { print, complain }: Terminal,
): Promise<number> {
  const configured = loadConfig(config);
  const { data } = configured;
  const logs = logsConfigured(configured);
  const bar = new SingleBar(
    {
      format: '{bar} {value}/{total} mailboxes  {messages} messages  {duration_formatted}',
      hideCursor: true,
      noTTYOutput: false,
      stream: process.stderr,
    },
    Presets.legacy,
  );
  let isStarted = false;
  const report = await maintain({
    directory: data,
    ...(logs && { logs }),
    rebuilds,
    readsAll: readAll,
    onNotice: ({ sentence, fields }) => complain(`${sentence}: ${Object.values(fields).join(' ')}`),
    onProgress: (mailboxes, messages, inAll) => {
      if (!isStarted) bar.start(inAll, 0, { messages: 0 });
      isStarted = true;
      bar.update(mailboxes, { messages });
    },
  });
  if (isStarted) bar.stop();
  if (json) print(JSON.stringify(report));
  else for (const line of linesOf(report)) print(line);
  return isWell(report, rebuilds) ? 0 : 1;
}

/** What a rebuild finds in no index is what it is for. */
function isWell(
  { added, removed, restated, damaged, scrub }: MaintenanceReport,
  rebuilds: boolean,
) {
  const repaired = rebuilds ? 0 : added + removed + restated;
  return repaired + damaged + (scrub?.damaged ?? 0) === 0;
}

function linesOf(report: MaintenanceReport): string[] {
  const { mailboxes, shards, messages, rebuiltMessages, rebuiltMailboxes, milliseconds } = report;
  const { added, removed, restated, damaged, scrub } = report;
  const lines = [
    `${mailboxes} mailboxes of ${shards} shards in ${(milliseconds / 1_000).toFixed(1)} s`,
    `compared with the index: ${messages} messages`,
    `read from their files:   ${rebuiltMessages} messages of ${rebuiltMailboxes} mailboxes`,
    `repaired: ${added} added, ${removed} removed, ${restated} given the status of their file`,
    `damaged:  ${damaged}`,
  ];
  if (scrub !== null) {
    const mebibytes = (scrub.bytes / 1_048_576).toFixed(1);
    lines.push(
      `read whole: ${scrub.messages} messages, ${mebibytes} MiB, ${scrub.damaged} damaged`,
    );
  }
  return lines;
}
