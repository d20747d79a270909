import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the stand-in saw it. */
export type Seen = {
  readonly route: string;
  readonly key: string | undefined;
  readonly token: string | undefined;
  readonly body: unknown;
};

/** What the stand-in answers: a status with a body, `cut` for a connection that ends without an answer, `silence` for none. */
export type Answer =
  | 'cut'
  | 'silence'
  | { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

/** A server that answers what a test says: for what a real one does rarely, such as losing an answer. */
export class StandIn implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;

  constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** `answer` is asked for each request, with how often its route was seen before. */
  static async start(answer: (request: Seen, before: number) => Answer): Promise<StandIn> {
    const server = createServer((request, response) => void standIn.#take(request, response, answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const standIn = new StandIn(server);
    return standIn;
  }

  async #take(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (request: Seen, before: number) => Answer,
  ): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { pathname } = new URL(request.url ?? '/', this.url);
    const seen: Seen = {
      route: `${request.method} ${pathname}`,
      key: request.headers['idempotency-key'] as string | undefined,
      token: request.headers.authorization,
      body: text === '' ? undefined : JSON.parse(text),
    };
    const before = this.seen.filter(({ route }) => route === seen.route).length;
    this.seen.push(seen);
    const answered = answer(seen, before);
    if (answered === 'silence') return;
    if (answered === 'cut') return void request.socket.destroy();
    response.writeHead(answered.status, { 'content-type': 'application/json', ...answered.headers });
    response.end(typeof answered.body === 'string' ? answered.body : JSON.stringify(answered.body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
