/** Of a store that has no MTA to submit to. */
import type { MtsPort } from '../../src/engine/mts-port.js';

export const NO_MTS: MtsPort = {
  hasRoom: true,
  onRoom: () => undefined,
  submit: (_mailbox, _operation, _argument, done) =>
    setImmediate(() => done({ kind: 'unreachable', detail: 'none', wasSent: false })),
};
