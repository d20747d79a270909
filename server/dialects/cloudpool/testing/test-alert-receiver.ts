import { createServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { JsonObject } from '@poolkeeper/core';

export type GotAlert = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The subject of the client's certificate. */
  readonly client: string | undefined;
};

/** A receiver of alerts on this machine, which answers as a test says. */
export class TestAlertReceiver implements AsyncDisposable {
  readonly got: GotAlert[] = [];
  answer: (response: ServerResponse, request: GotAlert) => void = (response) => response.writeHead(200).end();
  readonly #server: Server;
  readonly #scheme: string;

  /** `secure`: what it is as a server of TLS. */
  constructor(secure?: ServerOptions) {
    const listener: RequestListener = (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const peer = secure === undefined ? undefined : (request.socket as TLSSocket).getPeerCertificate();
        const client = peer?.subject?.CN;
        const got = { method, path: url, headers, body, client: Array.isArray(client) ? client[0] : client };
        this.got.push(got);
        this.answer(response, got);
      });
    };
    this.#scheme = secure === undefined ? 'http' : 'https';
    this.#server = secure === undefined ? createServer(listener) : createSecureServer(secure, listener);
    // Handshakes that fail are what a test looks at on the other side.
    this.#server.on('tlsClientError', () => {});
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alerts`;
  }

  /** The alerts, in the order in which they came. */
  get alerts(): JsonObject[] {
    return this.got.map(({ body }) => JSON.parse(body) as JsonObject);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
