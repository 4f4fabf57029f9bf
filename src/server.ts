/**
 * The whole server, wired: shards, router, directory, and a listener whose associations become P3
 * or P7 sessions by their application context.
 *
 * Source: ours.
 */
import { ConfigError, errorData } from './base/errors.js';
import type { Config } from './config/config.js';
import { logsConfigured } from './config/logs.js';
import { Directory } from './directory/directory.js';
import type { LogsConfigured, Notice, Unsubscribed } from './engine/contract.js';
import { Router } from './engine/router.js';
import { MTA_RELEASE_TIME_MAX_MS, STOP_TIME_MAX_MS } from './limits.js';
import type { AssociationDriver, AssociationHandler } from './net/association-driver.js';
import { Listener } from './net/listener.js';
import { ReassemblyBudget } from './net/reassembly.js';
import { InterruptedTransfers } from './net/transfer-memory.js';
import {
  ACSE_USER_DIAGNOSTIC,
  type AssociationEvent,
  type BindIndication,
} from './osi/association.js';
import { ReportRoutes } from './p3/report-routes.js';
import { type P3Services, P3Session } from './p3/session.js';
import { submissionRoutes } from './p3/submission-routes.js';
import { Submissions } from './p3/submissions.js';
import { BoundUsers } from './p7/bound-users.js';
import { type P7Services, P7Session } from './p7/session.js';
import { NodeDisk } from './store/disk/disk.js';
import { type DirectoryLock, lockDirectory } from './store/lock.js';
import { Submitters } from './store/mailbox/submitters.js';
import { prepareDirectory } from './store/recovery.js';
import type { Log } from './telemetry/log.js';
import {
  applicationContextByOid,
  isBindSyntax,
  RELIABLE_CONTEXTS,
} from './x411/application-contexts.js';
import { ENTRY_CLASS } from './x413/common.js';

export interface RunningServer {
  readonly port: number;
  /** Writes what each shard holds and has done to the log. */
  logStatistics(): Promise<void>;
  /** Lets operations finish, writes everything out, and closes. */
  stop(): Promise<void>;
}

/**
 * Starts and resolves when associations are taken. Throws ConfigError, and leaves nothing behind,
 * where the configuration, the data directory or the port cannot be had.
 */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  const directory = directoryOf(config);
  const disk = new NodeDisk();
  const lock = lockDirectory(disk, config.data);
  try {
    const logs = logsConfigured(config) ?? undefined;
    const onNotice = (notice: Notice) => tell(log, notice);
    await prepareDirectory(disk, config.data, config.shards, onNotice, logs);
    const users = new BoundUsers();
    const router = await startShards(config, log, users, logs);
    try {
      return await open(config, { directory, router, log, users, logs, lock });
    } catch (error) {
      await router.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startShards(
  config: Config,
  log: Log,
  users: BoundUsers,
  logs: LogsConfigured | undefined,
): Promise<Router> {
  const router = new Router({
    directory: config.data,
    shardCount: config.shards,
    journalSegmentBytes: config.store.journalSegmentBytes,
    checkpointIntervalMs: config.store.checkpointIntervalMs,
    scrubBytesPerSecond: config.store.scrubBytesPerSecond,
    ...(logs && { logs }),
    worker: new URL('./shard/worker.js', import.meta.url),
    onDeath: (shard, epoch, { kind, code, detail }) =>
      log.error('shard.died', 'a shard ended', { shard, epoch, kind, code, detail }),
    onNotice: (shard, notice) => tell(log, notice, { shard }),
    onEffect: (effect) => users.alert(effect),
  });
  try {
    await router.start();
  } catch (error) {
    await router.close();
    throw new ConfigError('data', `the store cannot start: ${errorData(error).detail}`);
  }
  return router;
}

function tell(log: Log, { level, event, sentence, fields }: Notice, more = {}): void {
  log[level](event, sentence, { ...more, ...fields });
}

interface Parts {
  readonly directory: Directory;
  readonly router: Router;
  readonly log: Log;
  readonly users: BoundUsers;
  readonly logs: LogsConfigured | undefined;
  readonly lock: DirectoryLock;
}

/** What stands between users and the MTAs that take what they submit. */
function towardsMts(
  config: Config,
  parts: Omit<Parts, 'lock'>,
  reassembly: ReassemblyBudget,
): Pick<P3Services, 'reportRoutes' | 'controlUsers'> & {
  readonly submitters: Submitters;
  readonly submissions: Submissions;
} {
  const { log, users, directory } = parts;
  const submitters = new Submitters(new NodeDisk(), config.data, ({ message }) =>
    log.warn('submitters.failed', 'who submits is not written down', { detail: message }),
  );
  const ofMts = {
    reportRoutes: new ReportRoutes(submitters),
    controlUsers: users.control.bind(users),
  };
  const submissions = new Submissions({
    services: { ...parts, ...ofMts },
    routesOf: submissionRoutes(config, directory, reassembly),
  });
  return { submitters, submissions, ...ofMts };
}

async function open(config: Config, { lock, ...parts }: Parts): Promise<RunningServer> {
  const { router, log } = parts;
  const reassembly = new ReassemblyBudget();
  const { submitters, submissions, ...ofMts } = towardsMts(config, parts, reassembly);
  const services = {
    ...parts,
    ...ofMts,
    mts: submissions,
    storePassword: config.store.password,
    serviceInformation: config.store.serviceInformation,
    boundMtas: new Map(),
  };
  const doors = new Set<FrontDoor>();
  const { host, port, transportSelector } = config.listen;
  const listener = await Listener.open({
    host,
    port,
    reassembly,
    reliable: {
      contexts: RELIABLE_CONTEXTS,
      memory: new InterruptedTransfers(),
      checkpointSize: config.reliableTransfer.checkpointKibi,
      windowSize: config.reliableTransfer.window,
    },
    invocationsMax: config.limits.operationsOutstanding,
    handler: (driver) => {
      const door = new FrontDoor(driver, services, () => doors.delete(door));
      doors.add(door);
      return door;
    },
    ...(transportSelector !== undefined && { refuseTransport: refuseOther(transportSelector) }),
  }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(
      'listen',
      `${host} port ${port}: ${LISTEN_PROBLEM[error.code ?? ''] ?? error.message}`,
    );
  });
  log.info('server.up', 'the store takes associations', { host, port: listener.port });
  return {
    port: listener.port,
    logStatistics: async () => {
      for (const [shard, statistics] of (await router.statistics()).entries()) {
        log.info('shard.statistics', 'what a shard holds', { shard, ...statistics });
      }
      log.info('mts.statistics', 'what was submitted', { ...submissions.statistics });
    },
    stop: async () => {
      listener.stopListening();
      for (const door of doors) door.stop();
      await listener.drained(STOP_TIME_MAX_MS);
      await submissions.close(MTA_RELEASE_TIME_MAX_MS);
      submitters.close();
      await listener.close();
      await router.close();
      lock.release();
      log.info('server.down', 'the store has stopped');
    },
  };
}

type Unsubscriptions = NonNullable<Config['mailboxes'][number]['unsubscribed']>;

/** What keeps us from listening, in words. */
const LISTEN_PROBLEM: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'not permitted; ports below 1024 need a privilege',
  ENOTFOUND: 'no such host',
};

function unsubscribedOf({ entryClasses, ...types }: Unsubscriptions): Unsubscribed {
  return { ...types, entryClasses: entryClasses.map((name) => ENTRY_CLASS[name]) };
}

function directoryOf(config: Config): Directory {
  const mailboxes = config.mailboxes.map(
    ({ id, address, password, deliverable, keepsSubmitted, unsubscribed }) => ({
      id,
      addresses: [address].flat(),
      passwordHash: password,
      keepsSubmitted,
      ...(deliverable && { deliverable }),
      ...(unsubscribed && { unsubscribed: unsubscribedOf(unsubscribed) }),
    }),
  );
  const mtas = config.mtas.map(({ name, password, reportsTo }) => ({
    name,
    passwordHash: password,
    reportsTo: reportsTo ?? null,
  }));
  return new Directory(mailboxes, mtas);
}

/** X.224 DR reason 3: address unknown. An absent selector is accepted: there is one store here. */
function refuseOther(selector: string): (called: Uint8Array | undefined) => number | null {
  const own = Buffer.from(selector);
  return (called) => (called === undefined || own.equals(called) ? null : 3);
}

/** An association before and after it is known who speaks which protocol on it. */
class FrontDoor implements AssociationHandler {
  readonly #driver: AssociationDriver;
  readonly #services: P3Services & P7Services;
  #session: P3Session | P7Session | null = null;
  readonly #peer: string;

  readonly #closed: () => void;

  constructor(driver: AssociationDriver, services: P3Services & P7Services, closed: () => void) {
    this.#driver = driver;
    this.#services = services;
    this.#closed = closed;
    this.#peer = driver.peer;
  }

  onEvent(event: AssociationEvent): void {
    if (event.type === 'bind') this.#session = this.#open(event);
    this.#session?.onEvent(event);
  }

  onDrain(): void {
    if (this.#session instanceof P7Session) this.#session.onDrain();
  }

  /** A planned stop: who has not bound yet is sent away, the others finish. */
  stop(): void {
    if (this.#session === null) this.#driver.abort('the store stops');
    else this.#session.stop();
  }

  onClosed(detail: string): void {
    this.#closed();
    const name = this.#session?.name ?? 'nobody';
    const fields = { peer: this.#peer, name, detail };
    this.#services.log.info('association.ended', 'an association ended', fields);
    this.#session?.onClosed();
  }

  #open({ applicationContext, bindSyntax }: BindIndication): P3Session | P7Session | null {
    const context = applicationContextByOid(applicationContext);
    if (context !== null && !isBindSyntax(context, bindSyntax)) {
      const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
      this.#driver.bindError({ isTransient: false, diagnostic, error: null });
      return null;
    }
    if (context?.protocol === 'p7') {
      return new P7Session(this.#driver, this.#services, context);
    }
    if (context?.protocol === 'p3' && context.isForced) {
      return new P3Session(this.#driver, this.#services, context);
    }
    const diagnostic = ACSE_USER_DIAGNOSTIC.applicationContextNotSupported;
    this.#driver.bindError({ isTransient: false, diagnostic, error: null });
    return null;
  }
}
