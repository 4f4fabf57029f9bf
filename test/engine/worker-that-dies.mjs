// A shard that answers what it is asked for in the argument: for tests of what stands before it.
import { packReplies, unpackRequests } from '../../dist/engine/batch.js';

export function serve({ port, options }) {
  return new Promise((resolve, reject) => {
    const reply = (id, text) => {
      const batch = packReplies([{ id, reply: { kind: 'result', result: Buffer.from(text) } }]);
      port.postMessage(batch, [batch.buffer]);
    };
    port.on('message', (message) => {
      if (message === 'close') {
        port.close();
        resolve();
        return;
      }
      for (const { id, request } of unpackRequests(message)) {
        const wish = Buffer.from(request.argument).toString();
        if (wish === 'die') {
          const error = new Error('as it was asked to');
          reject(Object.assign(error, { kind: 'bug', code: 'asked' }));
          port.close();
        } else if (wish === 'notice') {
          port.postMessage({ level: 'warn', event: 'a.notice', sentence: 'so', fields: { id } });
          reply(id, 'told');
        } else if (wish !== 'silence') reply(id, `${wish} ${options.shard}.${options.epoch}`);
      }
    });
    if (options.directory === 'fails') reject(new Error('no disk'));
    else port.postMessage({ type: 'ready', epoch: options.epoch });
  });
}

export function doNothing() {}
