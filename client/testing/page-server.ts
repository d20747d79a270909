import { readFileSync } from 'node:fs';
import { createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..');
/** Where a browser finds the two libraries of the SDK. */
const IMPORTS = {
  'openapi-fetch': '/node_modules/openapi-fetch/dist/index.mjs',
  'eventsource-parser': '/node_modules/eventsource-parser/dist/index.js',
};

/** Serves a page that runs one program with the SDK, file by file, and the API of a server under the same address. */
export class PageServer implements AsyncDisposable {
  readonly url: string;
  /** What the program posted to `/report`. */
  readonly report: Promise<unknown>;
  readonly #server: Server;

  constructor(server: Server, report: Promise<unknown>) {
    this.#server = server;
    this.report = report;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  static async start(api: string, program: string): Promise<PageServer> {
    const reported = Promise.withResolvers<unknown>();
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://page');
      if (pathname.startsWith('/v1/')) return forward(api, request, response);
      if (pathname === '/report') {
        void text(request).then((body) => reported.resolve(JSON.parse(body)));
        return response.end();
      }
      const [type, body] = fileFor(pathname, program);
      return response.writeHead(body === undefined ? 404 : 200, { 'content-type': type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PageServer(server, reported.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function fileFor(pathname: string, program: string): [type: string, body: string | undefined] {
  if (pathname === '/') {
    const importMap = JSON.stringify({ imports: IMPORTS });
    return [
      'text/html',
      `<script type="importmap">${importMap}</script><script type="module" src="/program.js"></script>`,
    ];
  }
  const script = 'text/javascript';
  if (pathname === '/program.js') return [script, program];
  if (/^\/node_modules\/(openapi-fetch|eventsource-parser)\/dist\/[\w.-]+$/.test(pathname))
    return [script, readFileSync(join(root, pathname), 'utf8')];
  if (/^\/client\/[\w/-]+(?:[.]gen)?[.]js$/.test(pathname))
    return [script, compiled(pathname.replace(/js$/, 'ts'))];
  return ['text/plain', undefined];
}

function compiled(path: string): string {
  return ts.transpileModule(readFileSync(join(root, path), 'utf8'), {
    compilerOptions: {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText;
}

function forward(api: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  const sent = sendRequest(`${api}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(response);
  });
  sent.on('error', () => response.destroy());
  response.on('close', () => sent.destroy());
  request.pipe(sent);
}
