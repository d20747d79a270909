import { RealServer } from '../../cli/testing/real-server.ts';
import { createPoolkeeper } from '../index.ts';
import type { Poolkeeper } from '../index.ts';
import { platformSystem } from '../system.ts';
import type { System } from '../system.ts';

const CONFIGURATION = `
providers: [{ name: hand, driver: static }]
pools:
  - name: boards
    provider: hand
    lease: { default: 1h, max: 8h }
    resources: [${Array.from({ length: 40 }, (_, index) => `{ name: b${index}, labels: { half: "${index % 2}" } }`).join(', ')}]
  - name: one
    provider: hand
    resources: [{ name: only }]
  - name: brief
    provider: hand
    lease: { default: 4s, max: 6s }
    resources: [{ name: s1 }]
`;

/** Pauses between tries are shorter than this, and a tenth as long in tests; limits are longer. Milliseconds. */
const PAUSE_MS_MAX = 2_000;
const sleep: System['sleep'] = (delayMs, signal) =>
  platformSystem.sleep(delayMs < PAUSE_MS_MAX ? delayMs / 10 : delayMs, signal);

/** A real server in a process of its own, and a client of it. */
export class RealWorld implements AsyncDisposable {
  readonly server: RealServer;
  readonly poolkeeper: Poolkeeper;

  constructor(server: RealServer) {
    this.server = server;
    this.poolkeeper = this.connect();
  }

  static async start(options: { folder?: string; listen?: string } = {}): Promise<RealWorld> {
    return new RealWorld(await RealServer.start(CONFIGURATION, options));
  }

  /** A client by way of a proxy, or of the server itself. */
  connect(url: string = this.server.url): Poolkeeper {
    return createPoolkeeper({ url, token: this.server.token, system: { sleep } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
