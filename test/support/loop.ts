/** A store and its MTA, which delivers what the store's users submit back into the store. */
import { type FaultRule, MtaServer } from '../../src/client/index.js';
import { freePort, MTA_NAME, MTA_PASSWORD, mtaAt, type TestServer, testServer } from './server.js';

export interface Loop {
  readonly server: TestServer;
  readonly mta: MtaServer;
  dispose(): Promise<void>;
}

export async function loopOf(
  mailboxes: readonly string[],
  keeps: readonly string[] = [],
  faults: readonly FaultRule[] = [],
): Promise<Loop> {
  const mtsPort = await freePort();
  const server = await testServer(mailboxes, '', [], { mtsPort, keeps });
  const mta = await MtaServer.open({
    port: mtsPort,
    name: MTA_NAME,
    password: MTA_PASSWORD,
    stores: [mtaAt(server.port)],
    faults,
    retryMs: 50,
  });
  await server.start();
  return {
    server,
    mta,
    dispose: async () => {
      await server.dispose();
      await mta.close();
    },
  };
}
