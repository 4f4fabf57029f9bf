/** The house's table as data. A room is a folder of src; `osi` is one room with layers inside. */

const PLAN: Readonly<Record<string, readonly string[]>> = {
  base: [],
  limits: ['base'],
  asn1: ['base', 'limits'],
  x411: ['asn1', 'base', 'limits'],
  x420: ['x411', 'asn1', 'base', 'limits'],
  x413: ['x411', 'x420', 'asn1', 'base', 'limits'],
  osi: ['asn1', 'base', 'limits'],
  net: ['osi', 'asn1', 'base', 'config', 'limits', 'telemetry'],
  p3: [
    'x411',
    'directory',
    'osi',
    'engine',
    'asn1',
    'net',
    'base',
    'limits',
    'telemetry',
    'config',
  ],
  p7: [
    'x411',
    'x413',
    'directory',
    'osi',
    'engine',
    'asn1',
    'net',
    'base',
    'limits',
    'telemetry',
    'config',
  ],
  engine: ['x413', 'base', 'limits'],
  shard: ['engine', 'store', 'directory', 'x413', 'x411', 'x420', 'asn1', 'base', 'limits'],
  store: ['engine', 'x413', 'base', 'limits'],
  directory: ['x411', 'engine', 'asn1', 'base', 'limits'],
  config: ['x411', 'engine', 'directory', 'base', 'limits'],
  telemetry: ['base'],
  client: ['net', 'osi', 'x411', 'x413', 'x420', 'asn1', 'base', 'limits'],
  server: [
    'net',
    'osi',
    'p3',
    'p7',
    'engine',
    'store',
    'directory',
    'config',
    'telemetry',
    'base',
    'limits',
    'x411',
    'x413',
  ],
  demo: ['client', 'cli', 'x411', 'x413', 'x420', 'asn1', 'base', 'limits', 'config', 'directory'],
  cli: [
    'client',
    'demo',
    'engine',
    'config',
    'server',
    'directory',
    'telemetry',
    'x411',
    'x413',
    'x420',
    'asn1',
    'base',
    'limits',
    'store',
  ],
  main: ['cli', 'base'],
};

export const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(PLAN));

/** Packages that only one place may touch. */
export const ONLY_ROOM_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ['node:net', ['net/', 'demo/']],
  ['node:fs', ['store/disk/disk', 'store/lock', 'config/', 'cli/', 'demo/']],
  ['lmdb', ['store/']],
  ['piscina', ['engine/']],
  ['pino', ['telemetry/']],
  ['commander', ['cli/']],
]);

export function roomOf(name: string): string {
  return name.split('/')[0]?.replace(/\.ts$/, '') ?? name;
}

/** Tested nouns and fixtures whose callers come with registration. */
export const AWAITING_CALLERS = ['x411/register.ts', 'x413/register.ts'];
