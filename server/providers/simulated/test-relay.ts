import { createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a call: passed on and answered, passed on with its answer lost, or answered by the relay itself. */
export type Fate = 'answer' | 'lose-answer' | 'silence' | Reply;
type Reply = {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Stands between a provider and a cloud, and does to calls what networks do. */
export class TestRelay implements AsyncDisposable {
  readonly url: string;
  /** Of each call: method and path. */
  readonly seen: string[] = [];
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** `decide` is asked for each call, in its order; calls before it were `count`. */
  static async start(cloud: string, decide: (route: string, count: number) => Fate): Promise<TestRelay> {
    const server = createServer((incoming, outgoing) => {
      const route = `${incoming.method} ${incoming.url?.split('?')[0]}`;
      relay.seen.push(`${incoming.method} ${incoming.url}`);
      take(cloud, { incoming, outgoing }, decide(route, relay.seen.length - 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const relay = new TestRelay(server);
    return relay;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

type Exchange = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse };

function take(cloud: string, { incoming, outgoing }: Exchange, fate: Fate): void {
  if (fate === 'silence') return;
  if (typeof fate === 'object') return void outgoing.writeHead(fate.status, fate.headers).end(fate.text);
  const { method, url, headers } = incoming;
  const passed = request(`${cloud}${url}`, { method, headers }, (answer) => {
    if (fate === 'lose-answer') {
      answer.resume().once('end', () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.once('error', () => incoming.socket.destroy());
  incoming.pipe(passed);
}
