/**
 * A store that takes every bind and answers every delivery with the same abstract-error; at the one
 * of number `lastWords` it aborts instead.
 */
import { encode } from '../../src/asn1/type.js';
import { Listener } from '../../src/net/listener.js';
import { MtsBindResult } from '../../src/x411/bind.js';

export async function refusingStore(
  code: number,
  parameter: Uint8Array | null = null,
  lastWords = Number.POSITIVE_INFINITY,
) {
  let count = 0;
  const result = encode(MtsBindResult, {
    responderName: { kind: 'mta', value: 'REFUSING' },
    responderCredentials: { kind: 'simpleIa5', value: '' },
    extensions: [],
  });
  const listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    handler: (driver) => ({
      onEvent: (event) => {
        if (event.type === 'bind') {
          const syntaxes = event.contexts.map(({ abstractSyntax }) => abstractSyntax);
          driver.bindResult(syntaxes, result);
        } else if (event.type === 'invoke') {
          count += 1;
          if (count < lastWords) driver.error(event.invokeId, code, parameter);
          else if (count === lastWords) setTimeout(() => driver.abort(), 50);
        } else if (event.type === 'unbind') driver.unbindResponse();
      },
      onClosed: () => undefined,
    }),
  });
  return listener;
}
