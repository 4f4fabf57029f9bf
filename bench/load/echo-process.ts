/**
 * Answers every request of a fixed length with octets of a fixed length: `echo-process REQUEST
 * REPLY`, in octets. Tells its port to the process that forked it.
 *
 * Source: ours.
 */
import { type AddressInfo, createServer } from 'node:net';

const [requestBytes = 1, replyBytes = 1] = process.argv.slice(2).map(Number);
const reply = Buffer.alloc(replyBytes, 2);

const server = createServer({ noDelay: true }, (socket) => {
  let received = 0;
  socket.on('error', () => undefined);
  socket.on('data', (octets: Buffer) => {
    received += octets.length;
    for (; received >= requestBytes; received -= requestBytes) socket.write(reply);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
