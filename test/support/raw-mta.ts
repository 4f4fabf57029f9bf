/** An MTA for conformance tests that answers what it is told, right or wrong, over TCP. */
import { encode } from '../../src/asn1/type.js';
import type { AssociationDriver } from '../../src/net/association-driver.js';
import { Listener } from '../../src/net/listener.js';
import type { AssociationEvent, BindIndication } from '../../src/osi/association.js';
import { MtsBindResult } from '../../src/x411/bind.js';
import { MTA_SECRET } from './store-side.js';

type Invoke = Extract<AssociationEvent, { readonly type: 'invoke' }>;

export interface RawMta {
  readonly port: number;
  readonly binds: BindIndication[];
  readonly invokes: Invoke[];
  /** What came back to what it invoked: `result`, `error 14`, `reject 2`. */
  readonly answers: string[];
  readonly driver: () => AssociationDriver;
  close(): Promise<void>;
}

export interface RawMtaOptions {
  /** Answers the bind; accepted by default. */
  readonly onBind?: (driver: AssociationDriver, bind: BindIndication) => void;
  readonly onInvoke?: (driver: AssociationDriver, invoke: Invoke) => void;
}

export const GOOD_RESULT = encode(MtsBindResult, {
  responderName: { kind: 'mta', value: 'MTA-1' },
  responderCredentials: { kind: 'simpleIa5', value: MTA_SECRET },
  extensions: [],
});

/** Accepts with any octets as the bind's result. */
export function accept(driver: AssociationDriver, bind: BindIndication, result = GOOD_RESULT) {
  const syntaxes = bind.contexts.map(({ abstractSyntax }) => abstractSyntax);
  driver.bindResult(syntaxes, result);
}

export async function rawMta({ onBind = accept, onInvoke }: RawMtaOptions): Promise<RawMta> {
  const [binds, invokes, answers]: [BindIndication[], Invoke[], string[]] = [[], [], []];
  let last: AssociationDriver | null = null;
  const listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    handler: (driver) => {
      last = driver;
      return {
        onEvent: (event) => {
          if (event.type === 'bind') {
            binds.push(event);
            onBind(driver, event);
          } else if (event.type === 'invoke') {
            invokes.push(event);
            onInvoke?.(driver, event);
          } else if (event.type === 'unbind') driver.unbindResponse();
          else if (event.type === 'result') answers.push('result');
          else if (event.type === 'error') answers.push(`error ${event.code}`);
          else if (event.type === 'reject') answers.push(`reject ${event.reject.problem}`);
        },
        onClosed: () => undefined,
      };
    },
  });
  return {
    port: listener.port,
    binds,
    invokes,
    answers,
    driver: () => {
      if (last === null) throw new Error('nobody has bound');
      return last;
    },
    close: () => listener.close(),
  };
}
