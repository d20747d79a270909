import { createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What becomes of one exchange: `lose-request`: it never reaches the server; `lose-answer`: the server has done it, and its
 * answer is lost; `tear-answer`: half of the answer arrives; `{ cutAfter }`: so many bytes of the answer arrive.
 */
export type Fate = 'pass' | 'lose-request' | 'lose-answer' | 'tear-answer' | { readonly cutAfter: number };

/** One exchange: what is asked, and how many were before it. */
export type Exchange = { readonly method: string; readonly path: string; readonly before: number };

/** Stands between a client and a real server, and loses what a test says. */
export class LossyProxy implements AsyncDisposable {
  readonly exchanges: Exchange[] = [];
  /** Exchanges that are going on. */
  open = 0;
  readonly url: string;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(target: string, fateOf: (exchange: Exchange) => Fate): Promise<LossyProxy> {
    const server = createServer((request, response) => {
      const { method = '', url = '' } = request;
      const exchange = { method, path: url.split('?')[0] ?? '', before: proxy.exchanges.length };
      proxy.exchanges.push(exchange);
      proxy.open += 1;
      response.on('close', () => (proxy.open -= 1));
      forward(target, { request, response }, fateOf(exchange));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new LossyProxy(server);
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function forward(
  target: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  fate: Fate,
): void {
  const lose = (): void => void request.socket.destroy();
  if (fate === 'lose-request') return lose();
  const sent = sendRequest(`${target}${request.url}`, { method: request.method, headers: request.headers });
  request.pipe(sent);
  sent.on('error', lose);
  // Who is gone does not listen any more, and the server shall notice.
  response.on('close', () => sent.destroy());
  sent.on('response', (answer) => {
    answer.on('error', lose);
    if (fate === 'pass') {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    } else if (typeof fate === 'object') {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      cutAfter(answer, response, fate.cutAfter);
    } else {
      void readAll(answer).then((body) => {
        if (fate === 'lose-answer') return lose();
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        response.write(body.subarray(0, Math.floor(body.length / 2)), lose);
      }, lose);
    }
  });
}

/** Passes on so many bytes, then cuts; what is written before has arrived. */
function cutAfter(answer: IncomingMessage, response: ServerResponse, bytes: number): void {
  let left = bytes;
  answer.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    response.write(part, () => {
      if (left <= 0) response.destroy();
    });
  });
  answer.on('end', () => response.end());
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
