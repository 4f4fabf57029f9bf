/** The store's submissions without a store: the port towards MTAs, with what it needs around it. */
import { Directory } from '../../src/directory/directory.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import { type MailboxId, parseMailboxId } from '../../src/engine/mailbox-id.js';
import type { SubmissionOperation, SubmissionOutcome } from '../../src/engine/mts-port.js';
import type { Timing } from '../../src/net/association-driver.js';
import { connectAssociation } from '../../src/net/connector.js';
import { ReportRoutes } from '../../src/p3/report-routes.js';
import type { MtaAccess } from '../../src/p3/submission-link.js';
import { Submissions, type SubmissionsOptions } from '../../src/p3/submissions.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { addressOf } from './server.js';

export const ALPHA = parseMailboxId('alpha') as MailboxId;
export const BRAVO = parseMailboxId('bravo') as MailboxId;
export const STORE_SECRET = 'store-secret';
export const MTA_SECRET = 'mta-answer';

export interface StoreSide {
  readonly submissions: Submissions;
  /** Deliveries that came on the store's own associations. */
  readonly delivered: Request[];
  readonly log: { readonly event: string; readonly fields: Record<string, unknown> }[];
  submit(
    operation: SubmissionOperation,
    argument: Uint8Array,
    mailbox?: MailboxId,
  ): Promise<SubmissionOutcome>;
}

export interface StoreSideOptions {
  readonly port: number;
  /** Of MTAs that are tried where the first cannot be reached. */
  readonly furtherPorts?: readonly number[];
  /** Alpha and bravo by default. */
  readonly mailboxes?: readonly MailboxId[];
  readonly access?: Partial<MtaAccess>;
  /** As whom: each mailbox, or one name for all; each by default. */
  readonly bindAs?: 'mailbox' | 'store';
  readonly password?: string;
  readonly bounds?: SubmissionsOptions['bounds'];
  readonly pool?: SubmissionsOptions['pool'];
  readonly timing?: Partial<Timing>;
}

const HASH = `scrypt$2$1$1$${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(32).toString('base64')}`;

export function storeSide(options: StoreSideOptions): StoreSide {
  const {
    port,
    bindAs = 'mailbox',
    password = STORE_SECRET,
    bounds,
    pool,
    timing,
    furtherPorts = [],
  } = options;
  const delivered: Request[] = [];
  const log: StoreSide['log'] = [];
  const note = (event: string, _: string, fields: Record<string, unknown> = {}) => {
    log.push({ event, fields });
  };
  const mailboxes = (options.mailboxes ?? [ALPHA, BRAVO]).map((id) => ({
    id,
    addresses: [addressOf(id)],
    passwordHash: HASH,
  }));
  const directory = new Directory(mailboxes, []);
  const access: MtaAccess = {
    name: 'MTA-1',
    context: APPLICATION_CONTEXT.mtsAccess88,
    addresses: {},
    responderPassword: MTA_SECRET,
    nameForm: 'messageStore',
    associationsMax: 4,
    operationsMax: 2,
    idleMs: 60_000,
    unreachableWaitMs: 0,
    ...options.access,
  };
  const submissions = new Submissions({
    services: {
      directory,
      router: {
        request: (request: Request, done: (reply: Reply) => void) => {
          delivered.push(request);
          const result = request.kind === 'report-delivery' ? [5, 0] : [0x31, 0];
          done({ kind: 'result', result: Uint8Array.from(result) });
        },
        hasRoom: () => true,
        onRoom: () => undefined,
      },
      log: { info: note, warn: note, error: note },
      reportRoutes: new ReportRoutes(new Map()),
      controlUsers: (_mailbox, _argument, done) => done(null),
    },
    routesOf: (mailbox) => {
      const owner = bindAs === 'store' ? null : mailbox;
      const name = directory.nameOf(owner);
      if (name === null) return [];
      return [port, ...furtherPorts].map((to, at) => ({
        access: at === 0 ? access : { ...access, name: `MTA-${at + 1}` },
        connect: (handler) =>
          connectAssociation({ host: '127.0.0.1', port: to, handler, ...(timing && { timing }) }),
        submitter: { name, password, reportsTo: owner, mailbox: owner },
        label: owner ?? 'store',
      }));
    },
    ...(bounds && { bounds }),
    ...(pool && { pool }),
  });
  return {
    submissions,
    delivered,
    log,
    submit: (operation, argument, mailbox = ALPHA) =>
      new Promise((resolve) => submissions.submit(mailbox, operation, argument, resolve)),
  };
}
