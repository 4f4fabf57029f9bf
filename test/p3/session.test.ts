/** A P3 session in the hand: what an MTA does, and what the store answers, without a network. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { integer } from '../../src/asn1/primitive.js';
import { decode, encode } from '../../src/asn1/type.js';
import { formatHex, joinOctets, type Pieces } from '../../src/base/octets.js';
import { composeDelivery, composeReport } from '../../src/client/index.js';
import { Directory } from '../../src/directory/directory.js';
import { hashPassword } from '../../src/directory/password.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import { type MailboxId, parseMailboxId } from '../../src/engine/mailbox-id.js';
import { SECURITY_LABELS_MAX } from '../../src/limits/upper-bounds.js';
import { ASSOCIATIONS_PER_MTA_MAX } from '../../src/limits.js';
import type { BindRefusal, RejectProblem } from '../../src/osi/association.js';
import { ReportRoutes } from '../../src/p3/report-routes.js';
import { P3Session } from '../../src/p3/session.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { MtsBindArgument, MtsBindResult } from '../../src/x411/bind.js';
import { Controls, DeliveryControlArgument } from '../../src/x411/control.js';
import { MessageDeliveryArgument, ReportDeliveryArgument } from '../../src/x411/delivery.js';
import type { ExtensionField } from '../../src/x411/extension.js';
import { formatOrAddress, parseOrAddress } from '../../src/x411/or-address-text.js';
import { keepOrName, type OrName, type OrNameKept } from '../../src/x411/or-name.js';
import { ChangeCredentialsArgument } from '../../src/x411/register.js';
import { SecurityLabel } from '../../src/x411/security-label.js';

const ADDRESS = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/CN=ALPHA/';
const PICKY = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/CN=PICKY/';
const [ALPHA, BRAVO] = ['alpha', 'picky'].map((id) => parseMailboxId(id) as MailboxId) as [
  MailboxId,
  MailboxId,
];
const PASSWORD = 'mta-secret';
const HASH = await hashPassword(PASSWORD);
const CONTEXT = APPLICATION_CONTEXT.mtsForcedAccess94;
const P22 = '2.6.1.10.1';
const HOLD_MS = 50;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What the session does to its association, as text. */
class Line {
  readonly said: string[] = [];
  #lastInvokeId = 100;

  readonly commands = {
    bind: () => undefined,
    bindResult: (_syntaxes: readonly string[], result: Uint8Array) =>
      this.said.push(`bound ${formatHex(result)}`),
    bindError: ({ isTransient, diagnostic, error }: BindRefusal) => {
      const kind = isTransient ? 'transient' : 'permanent';
      this.said.push(`refused ${kind} ${diagnostic} ${error === null ? '-' : formatHex(error)}`);
    },
    invoke: (_syntax: string, operation: number, argument: Pieces) => {
      this.#lastInvokeId += 1;
      const text = formatHex(joinOctets(argument));
      this.said.push(`invoke ${this.#lastInvokeId} ${operation} ${text}`);
      return this.#lastInvokeId;
    },
    result: (id: number, result: Pieces) =>
      this.said.push(`result ${id} ${formatHex(joinOctets(result))}`),
    error: (id: number, code: number, parameter: Uint8Array | null) =>
      this.said.push(`error ${id} ${code}${parameter === null ? '' : ` ${formatHex(parameter)}`}`),
    reject: (id: number, { kind, problem }: RejectProblem) =>
      this.said.push(`reject ${id} ${kind} ${problem}`),
    unbind: () => undefined,
    unbindResponse: () => this.said.push('released'),
    abort: () => this.said.push('aborted'),
    setReading: (isReading: boolean) => this.said.push(isReading ? 'reading' : 'not reading'),
  };
}

const STORED: Reply = { kind: 'result', result: Uint8Array.of(0x31, 0) };
const UNAVAILABLE: Reply = { kind: 'error', code: 1, parameter: null };

class Bench {
  readonly line = new Line();
  readonly asked: Request[] = [];
  readonly boundMtas = new Map<string, number>();
  readonly reportRoutes = new ReportRoutes(new Map());
  readonly waiting: ((reply: Reply) => void)[] = [];
  /** What a shard answers; null: nothing yet. */
  reply: Reply | null = STORED;
  readonly session: P3Session;

  constructor() {
    const mailboxes = [
      { id: ALPHA, addresses: [ADDRESS], passwordHash: HASH },
      {
        id: BRAVO,
        addresses: [PICKY],
        passwordHash: HASH,
        deliverable: { contentTypes: [P22], contentBytesMax: 100 },
      },
    ];
    const mtas = [{ name: 'MTA-1', passwordHash: HASH, reportsTo: ALPHA }];
    const services = {
      directory: new Directory(mailboxes, mtas),
      log: silent,
      storePassword: 'store',
      boundMtas: this.boundMtas,
      reportRoutes: this.reportRoutes,
      controlUsers: (_m: unknown, _a: unknown, done: (waiting: null) => void) => done(null),
      router: {
        request: (request: Request, done: (reply: Reply) => void) => {
          this.asked.push(request);
          if (this.reply === null) this.waiting.push(done);
          else done(this.reply);
        },
        hasRoom: () => true,
        onRoom: () => undefined,
      },
    };
    this.session = new P3Session(this.line.commands, services, CONTEXT, HOLD_MS);
  }

  /** The new things that were said, once they have been. */
  async says(): Promise<string[]> {
    await vi.waitFor(() => expect(this.line.said).not.toEqual([]), 3_000);
    return this.line.said.splice(0);
  }

  bind(change: Partial<MtsBindArgument> = {}): Promise<string[]> {
    const argument = encode(MtsBindArgument, {
      initiatorName: { kind: 'mta', value: 'MTA-1' },
      initiatorCredentials: { kind: 'simpleIa5', value: PASSWORD },
      extensions: [],
      ...change,
    });
    return this.bindWith(argument);
  }

  bindWith(argument: Uint8Array, change: { isMonologue?: true } = {}): Promise<string[]> {
    const { oid: applicationContext, bind: bindSyntax } = CONTEXT;
    const event = { type: 'bind', applicationContext, bindSyntax, contexts: [] } as const;
    this.session.onEvent({ ...event, addresses: {}, argument, ...change });
    return this.says();
  }

  invoke(
    operation: number,
    argument: Uint8Array,
    invokeId = 1,
    syntax: string = CONTEXT.delivery,
  ): void {
    this.session.onEvent({ type: 'invoke', invokeId, syntax, operation, argument });
  }
}

let bench = new Bench();
afterEach(() => {
  bench.session.onClosed();
  bench = new Bench();
});

const nameOf = (address: string) => {
  const parsed = parseOrAddress(address);
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  return keepOrName(parsed.name as OrName);
};
const message = (recipient = ADDRESS, content = Uint8Array.of(0x30, 0), contentType = P22) =>
  composeDelivery({ recipient, originator: ADDRESS, contentType, content });

function withExtensions(extensions: readonly ExtensionField[]): Uint8Array {
  const argument = decode(MessageDeliveryArgument, message());
  const otherFields = { ...argument.otherFields, extensions };
  return encode(MessageDeliveryArgument, { ...argument, otherFields });
}

const LABELS = [
  { securityPolicyIdentifier: '1.3.26.1', securityClassification: 2 },
  { securityPolicyIdentifier: '1.3.26.1', securityClassification: 3, privacyMark: 'EYES' },
];
const labelled = (label: SecurityLabel) =>
  withExtensions([{ type: { kind: 'standard', value: 20 }, value: encode(SecurityLabel, label) }]);

describe('the bind', () => {
  test('of an MTA with its password is answered with the name of a user of ours', async () => {
    const [said = ''] = await bench.bind();
    const result = decode(MtsBindResult, Buffer.from(said.split(' ')[1] ?? '', 'hex'));
    expect(result.responderName.kind).toBe('messageStore');
    expect(formatOrAddress((result.responderName.value as OrNameKept).value)).toBe(ADDRESS);
    expect(result.responderCredentials).toEqual({ kind: 'simpleIa5', value: 'store' });
    expect(bench.boundMtas).toEqual(new Map([['MTA-1', 1]]));
    bench.session.onClosed();
    expect(bench.boundMtas.size).toBe(0);
  });

  test('with the password as OCTET STRING is the same', async () => {
    const value = Buffer.from(PASSWORD);
    const said = await bench.bind({ initiatorCredentials: { kind: 'simpleOctets', value } });
    expect(said[0]).toMatch(/^bound/);
  });

  const AUTHENTICATION = 'refused permanent 1 020102';
  test.each<[string, Partial<MtsBindArgument>, string]>([
    [
      'a wrong password',
      { initiatorCredentials: { kind: 'simpleIa5', value: 'guess' } },
      AUTHENTICATION,
    ],
    ['an unknown MTA', { initiatorName: { kind: 'mta', value: 'MTA-2' } }, AUTHENTICATION],
    [
      'a user where an MTA must be',
      { initiatorName: { kind: 'userAgent', value: nameOf(ADDRESS) } },
      AUTHENTICATION,
    ],
    [
      'a message store where an MTA must be',
      { initiatorName: { kind: 'messageStore', value: nameOf(ADDRESS) } },
      AUTHENTICATION,
    ],
    [
      'strong credentials, which we cannot check',
      { initiatorCredentials: { kind: 'strong', value: {} } as never },
      AUTHENTICATION,
    ],
    ['a security context of no label', { securityContext: [] }, 'refused permanent 1 020104'],
    [
      'a security context of too many labels',
      { securityContext: Array.from({ length: SECURITY_LABELS_MAX + 1 }, () => ({})) },
      'refused permanent 1 020104',
    ],
  ])('with %s is refused', async (_what, change, refusal) => {
    expect(await bench.bind(change)).toEqual([refusal]);
    expect(bench.boundMtas.size).toBe(0);
  });

  test.each([
    ['no SET', '3000'],
    ['no credentials', '3108800 54d54412d31'.replace(' ', '')],
    ['no BER', '31ff'],
  ])('that cannot be read (%s) is refused without a bind error', async (_what, hex) => {
    expect(await bench.bindWith(Buffer.from(hex, 'hex'))).toEqual(['refused permanent 1 -']);
  });

  test('that wants a monologue over RTSE is refused for that', async () => {
    const argument = encode(MtsBindArgument, {
      initiatorName: { kind: 'mta', value: 'MTA-1' },
      initiatorCredentials: { kind: 'simpleIa5', value: PASSWORD },
      extensions: [],
    });
    const said = await bench.bindWith(argument, { isMonologue: true });
    expect(said).toEqual(['refused permanent 1 020103']);
    expect(bench.boundMtas.size).toBe(0);
  });

  test('beyond the bound on associations is refused as busy, for a while', async () => {
    bench.boundMtas.set('MTA-1', ASSOCIATIONS_PER_MTA_MAX);
    expect(await bench.bind()).toEqual(['refused transient 1 020100']);
  });

  test('that meets a planned stop is refused as busy', async () => {
    bench.session.stop();
    expect(await bench.bind()).toEqual(['refused transient 1 020100']);
  });

  test('that is judged when the MTA has left leaves nothing behind', async () => {
    bench.session.onClosed();
    await expect(bench.bind()).rejects.toThrow();
    expect(bench.boundMtas.size).toBe(0);
  });
});

describe('deliveries', () => {
  test.each([CONTEXT.delivery, CONTEXT.bind, CONTEXT.submission])(
    'are taken on the context of %s',
    async (syntax) => {
      await bench.bind();
      bench.invoke(5, message(), 7, syntax);
      expect(await bench.says()).toEqual(['result 7 3100']);
      expect(bench.asked).toMatchObject([{ kind: 'message-delivery', mailbox: ALPHA }]);
    },
  );

  test('a report goes where the MTA’s reports go', async () => {
    await bench.bind();
    bench.invoke(6, composeReport({ recipient: ADDRESS, outcome: 'delivery' }));
    await bench.says();
    expect(bench.asked).toMatchObject([{ kind: 'report-delivery', mailbox: ALPHA }]);
  });

  test.each<[string, Uint8Array, string]>([
    ['for nobody of ours', message('/C=XX/A=ICAO/CN=NOBODY/'), 'error 1 12 02011e'],
    ['of a type that is not deliverable', message(PICKY, undefined, '2.6.3.3.0'), 'error 1 1'],
    ['that is too long', message(PICKY, new Uint8Array(101)), 'error 1 1'],
    ['that is no delivery', Uint8Array.of(0x30, 0), 'reject 1 invoke 2'],
    ['that is no BER', Uint8Array.of(0x30, 9), 'reject 1 invoke 2'],
  ])('a message %s does not reach a shard', async (_what, argument, answer) => {
    await bench.bind();
    bench.invoke(5, argument);
    expect(await bench.says()).toEqual([answer]);
    expect(bench.asked).toEqual([]);
  });

  test('a message of the greatest deliverable length does', async () => {
    await bench.bind();
    bench.invoke(5, message(PICKY, new Uint8Array(100)));
    expect(await bench.says()).toEqual(['result 1 3100']);
  });

  test.each<[string, Reply, string]>([
    ['an error', { kind: 'error', code: 13, parameter: null }, 'error 1 13'],
    ['a reject', { kind: 'reject', problem: 2 }, 'reject 1 invoke 2'],
    ['temporary trouble', UNAVAILABLE, 'error 1 1'],
    [
      'a failure of ours, which the MTA must survive',
      { kind: 'failure', error: { kind: 'bug', code: 'x', detail: '' } },
      'error 1 1',
    ],
  ])('%s of the shard is handed on', async (_what, reply, answer) => {
    await bench.bind();
    bench.reply = reply;
    bench.invoke(5, message());
    expect(await bench.says()).toEqual([answer]);
  });

  test.each([1, 3, 4, 7, 20, 99])('operation %i is not the MTA’s to invoke', async (operation) => {
    await bench.bind();
    bench.invoke(operation, Uint8Array.of(0x31, 0));
    expect(await bench.says()).toEqual(['reject 1 invoke 1']);
  });
});

describe('the security context', () => {
  test.each<[string, SecurityLabel | null, string]>([
    ['a label within', LABELS[0] as SecurityLabel, 'result 1 3100'],
    ['another label within', LABELS[1] as SecurityLabel, 'result 1 3100'],
    ['no label', null, 'result 1 3100'],
    [
      'a classification outside',
      { securityPolicyIdentifier: '1.3.26.1', securityClassification: 5 },
      'error 1 12 020114',
    ],
    [
      'another privacy mark',
      { securityPolicyIdentifier: '1.3.26.1', securityClassification: 2, privacyMark: 'EYES' },
      'error 1 12 020114',
    ],
    [
      'a category more',
      {
        ...LABELS[0],
        securityCategories: [{ type: '1.3.26.9', value: encode(integer(), 1) }],
      },
      'error 1 12 020114',
    ],
    ['another policy', { securityPolicyIdentifier: '1.3.26.2' }, 'error 1 12 020115'],
  ])('%s', async (_what, label, answer) => {
    await bench.bind({ securityContext: LABELS });
    bench.invoke(5, label === null ? message() : labelled(label));
    expect(await bench.says()).toEqual([answer]);
  });

  test('none given: every label is taken', async () => {
    await bench.bind();
    bench.invoke(5, labelled({ securityClassification: 5 }));
    expect(await bench.says()).toEqual(['result 1 3100']);
  });

  test('holds for reports, and a label that is none is a mistyped argument', async () => {
    await bench.bind({ securityContext: LABELS });
    const report = decode(
      ReportDeliveryArgument,
      composeReport({ recipient: ADDRESS, outcome: 'delivery' }),
    );
    const field = (value: Uint8Array): ExtensionField => ({
      type: { kind: 'standard', value: 20 },
      value,
    });
    const other = encode(SecurityLabel, { securityPolicyIdentifier: '1.3.26.2' });
    bench.invoke(6, encode(ReportDeliveryArgument, { ...report, extensions: [field(other)] }));
    bench.invoke(5, withExtensions([field(Uint8Array.of(5, 0))]), 2);
    expect(await bench.says()).toEqual(['error 1 12 020115', 'reject 2 invoke 2']);
  });
});

describe('delivery-control', () => {
  const HOLD = 'invoke 101 2 3103810100';

  async function inTrouble(): Promise<void> {
    await bench.bind();
    bench.reply = UNAVAILABLE;
    for (const id of [1, 2, 3]) bench.invoke(5, message(), id);
    expect(await bench.says()).toEqual(['error 1 1', 'error 2 1', 'error 3 1', HOLD]);
  }

  test('asks to hold everything, in a form that both editions read', () => {
    const argument = decode(DeliveryControlArgument, Buffer.from('3103810100', 'hex'));
    expect(argument.permissibleOperations).toMatchObject({ unusedBits: 0 });
    expect(argument.permissibleOperations?.octets).toHaveLength(0);
    expect(argument.restrict).toBeUndefined();
  });

  test('comes after three refusals in a row, and not where one was stored between', async () => {
    await bench.bind();
    for (const reply of [UNAVAILABLE, UNAVAILABLE, STORED, UNAVAILABLE, UNAVAILABLE]) {
      bench.reply = reply;
      bench.invoke(5, message());
    }
    expect((await bench.says()).filter((text) => text.startsWith('invoke'))).toEqual([]);
  });

  test('agreed to: what comes all the same violates it; then it is lifted', async () => {
    await inTrouble();
    bench.session.onEvent({ type: 'result', invokeId: 101, result: Uint8Array.of(0x31, 0) });
    const asked = bench.asked.length;
    bench.invoke(5, message(), 4);
    expect(await bench.says()).toEqual(['error 4 1']);
    expect(bench.asked).toHaveLength(asked);
    expect(await bench.says()).toEqual(['invoke 102 2 3103800100']);
    bench.reply = STORED;
    bench.invoke(5, message(), 5);
    expect(await bench.says()).toEqual(['result 5 3100']);
  });

  test.each([
    { type: 'error', invokeId: 101, code: 14, parameter: null },
    { type: 'reject', invokeId: 101, reject: { kind: 'invoke', problem: 1 } },
  ] as const)('refused by $type: never asked again, each delivery is tried', async (answer) => {
    await inTrouble();
    bench.session.onEvent(answer);
    for (const id of [4, 5, 6, 7]) bench.invoke(5, message(), id);
    expect(await bench.says()).toEqual(['error 4 1', 'error 5 1', 'error 6 1', 'error 7 1']);
    bench.reply = STORED;
    bench.invoke(5, message(), 8);
    expect(await bench.says()).toEqual(['result 8 3100']);
  });

  test('an association that ends meanwhile is not spoken to', async () => {
    await inTrouble();
    bench.session.onClosed();
    await new Promise((resolve) => setTimeout(resolve, 2 * HOLD_MS));
    expect(bench.line.said).toEqual([]);
  });
});

describe('the MTA’s other operations', () => {
  test.each([
    ['31 00', 'result 1 3100'],
    ['31 03 80 01 00', 'result 1 3100'],
    ['31 04 81 02 06 40', 'result 1 3100'],
    ['31 05 A4 03 46 01 02', 'reject 1 invoke 2'],
    ['30 00', 'reject 1 invoke 2'],
  ])('submission-control %s', async (hex, answer) => {
    await bench.bind();
    bench.invoke(2, Buffer.from(hex.replaceAll(' ', ''), 'hex'), 1, CONTEXT.submission);
    expect(await bench.says()).toEqual([answer]);
  });

  const change = (old: string) =>
    encode(ChangeCredentialsArgument, {
      oldCredentials: { kind: 'simpleIa5', value: old },
      newCredentials: { kind: 'simpleIa5', value: 'fresh' },
    });

  test.each([
    ['the right old password', change(PASSWORD), 'error 1 6'],
    ['a wrong old password', change('guess'), 'error 1 5'],
    ['no such argument', Uint8Array.of(0x30, 0), 'reject 1 invoke 2'],
  ])('change-credentials with %s', async (_what, argument, answer) => {
    await bench.bind();
    bench.invoke(8, argument, 1, CONTEXT.administration);
    expect(await bench.says()).toEqual([answer]);
  });
});

describe('the end', () => {
  test('a release waits for what is on its way', async () => {
    await bench.bind();
    bench.reply = null;
    bench.invoke(5, message());
    bench.session.onEvent({ type: 'unbind' });
    expect(bench.line.said).toEqual([]);
    bench.waiting[0]?.(STORED);
    expect(await bench.says()).toEqual(['result 1 3100', 'released']);
  });

  test('a planned stop answers what is on its way, leaves the rest to the MTA, aborts', async () => {
    await bench.bind();
    bench.reply = null;
    bench.invoke(5, message());
    bench.session.stop();
    bench.invoke(5, message(), 2);
    expect(await bench.says()).toEqual(['error 2 1']);
    bench.waiting[0]?.(STORED);
    expect(await bench.says()).toEqual(['result 1 3100', 'aborted']);
  });

  test('an answer for an MTA that has gone is nobody’s', async () => {
    await bench.bind();
    bench.reply = null;
    bench.invoke(5, message());
    bench.session.onClosed();
    bench.waiting[0]?.(UNAVAILABLE);
    expect(bench.line.said).toEqual(['error 1 1']);
  });
});

test('controls of both editions are read', () => {
  expect(decode(Controls, Buffer.from('3100', 'hex'))).toMatchObject({ extensions: [] });
});
