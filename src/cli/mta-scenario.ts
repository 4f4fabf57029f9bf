/**
 * The scenario of `restante mta serve`: one YAML file that says who submits, where it is delivered
 * and what goes wrong.
 *
 * Source: ours; errors by their names in X.411 (1999) 8.1, 8.2.2.
 */
import { z } from 'zod';
import { bitsOf } from '../asn1/bit-string.js';
import type { FaultRule, MtaServerOptions, StoreRoute } from '../client/index.js';
import { parseYaml } from '../config/yaml-file.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import { MTS_BIND_ERROR } from '../x411/bind.js';
import { CONTROLLED_OPERATION, type Controls } from '../x411/control.js';
import { PRIORITY, type Priority } from '../x411/envelope-parts.js';

const kebab = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
const byName = (codes: Readonly<Record<string, number>>) =>
  new Map(Object.entries(codes).map(([name, code]) => [kebab(name), code]));
const ERRORS = byName(MTS_ERROR);
const BIND_ERRORS = byName(MTS_BIND_ERROR);

const port = z.int().min(0).max(65_535);
const timeMs = z.int().min(0).max(86_400_000);
const code = z.int().min(0).max(32_767);
const priority = z.enum(Object.keys(PRIORITY) as [Priority, ...Priority[]]);

const fault = z.strictObject({
  delayMs: timeMs.optional(),
  /** An abstract-error's name, as `originator-invalid`; of a bind, as `busy`. */
  error: z.string().optional(),
  /** An invoke problem of X.880. */
  reject: z.int().min(0).max(7).optional(),
  abort: z.enum(['before', 'after']).optional(),
  silence: z.boolean().optional(),
  nonDelivery: z.strictObject({ reason: code, diagnostic: code.optional() }).optional(),
});

const rule = z
  .strictObject({
    on: z.enum([
      'bind',
      'message-submission',
      'probe-submission',
      'cancel-deferred-delivery',
      'delivery',
      'report',
    ]),
    address: z.string().optional(),
    after: z.int().min(0).optional(),
    times: z.int().min(1).optional(),
    share: z.number().min(0).max(1).optional(),
    do: fault,
  })
  .transform((written, context): FaultRule => {
    const { error, ...rest } = written.do;
    const names = written.on === 'bind' ? BIND_ERRORS : ERRORS;
    const number = error === undefined ? undefined : names.get(error);
    if (error !== undefined && number === undefined) {
      const message = `${error} is none of ${[...names.keys()].join(', ')}`;
      context.addIssue({ code: 'custom', message, path: ['do', 'error'] });
      return z.NEVER;
    }
    const { nonDelivery, ...others } = rest;
    const { do: _, ...when } = written;
    const what = { ...others, ...(number !== undefined && { error: number }) };
    return { ...when, do: nonDelivery === undefined ? what : { ...what, nonDelivery } };
  });

const controls = z
  .strictObject({
    permissibleOperations: z.array(z.enum(['messages', 'probes'])).optional(),
    maximumContentLength: z.int().min(0).optional(),
    lowestPriority: priority.optional(),
  })
  .transform((written): Controls => {
    const { permissibleOperations, maximumContentLength, lowestPriority } = written;
    const { message, probeOrReport } = CONTROLLED_OPERATION;
    const bits = permissibleOperations?.map((one) =>
      one === 'messages' ? message : probeOrReport,
    );
    return {
      ...(bits && { permissibleOperations: bitsOf(bits) }),
      ...(maximumContentLength !== undefined && {
        permissibleMaximumContentLength: maximumContentLength,
      }),
      ...(lowestPriority && { permissibleLowestPriority: lowestPriority }),
      extensions: [],
    };
  });

const store = z
  .strictObject({
    host: z.string().default('127.0.0.1'),
    port: port.default(10_102),
    /** With which the MTA binds to it; the MTA's own by default. */
    name: z.string().optional(),
    password: z.string().optional(),
    transportSelector: z.string().optional(),
    /** Absent: every address that no other store names. */
    recipients: z.array(z.string()).min(1).optional(),
  })
  .prefault({});

const ScenarioSchema = z.strictObject({
  name: z.string().min(1).max(32).default('MTA-1'),
  /** With which it answers a bind, and binds to stores that have no other. */
  password: z.string().max(62).optional(),
  listen: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: port.default(10_103) })
    .prefault({}),
  domain: z
    .strictObject({ country: z.string(), admd: z.string(), prmd: z.string().optional() })
    .optional(),
  /** Absent: whoever binds is who he says. */
  users: z
    .array(
      z.strictObject({
        address: z.string(),
        password: z.string(),
        isStore: z.boolean().optional(),
      }),
    )
    .optional(),
  stores: z.array(store).optional(),
  retryMs: timeMs.optional(),
  giveUpMs: timeMs.optional(),
  seed: z.int().optional(),
  submissionControl: controls.optional(),
  faults: z.array(rule).optional(),
});

/** What the command line says where the scenario is silent. */
export interface ScenarioDefaults {
  readonly name?: string;
  readonly password: () => string;
  readonly store: { readonly host: string; readonly port: number };
}

/** Throws ConfigError, which names the key and the line. */
export function parseScenario(text: string, defaults: ScenarioDefaults): MtaServerOptions {
  const { listen, stores, ...rest } = parseYaml(text, ScenarioSchema);
  const mta = {
    name: defaults.name ?? rest.name,
    password: rest.password ?? defaults.password(),
  };
  const routes: readonly z.output<typeof store>[] = stores ?? [defaults.store];
  return { ...rest, ...mta, ...listen, stores: routes.map((route) => storeOf(route, mta)) };
}

function storeOf(
  { transportSelector, recipients, host, port: number, ...own }: z.output<typeof store>,
  mta: { readonly name: string; readonly password: string },
): StoreRoute {
  return {
    host,
    port: number,
    name: own.name ?? mta.name,
    password: own.password ?? mta.password,
    ...(transportSelector !== undefined && {
      selectors: { calledTransport: Buffer.from(transportSelector) },
    }),
    ...(recipients && { recipients }),
  };
}
