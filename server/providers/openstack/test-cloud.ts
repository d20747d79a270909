import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import type { Provider } from '../contract.ts';
import type { ProviderContext } from '../driver.ts';
import { openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';
import { PASSWORD, TestKeystone } from './test-keystone.ts';
import { TestNeutron } from './test-neutron.ts';
import { TestNova } from './test-nova.ts';
import type { TestAnswer, TestCall } from './test-service.ts';

/** What becomes of a call beside its answer: the answer is lost after the work was done, or nothing comes at all. */
export type Fate = 'answer' | 'lose-answer' | 'silence' | TestAnswer;

const IMAGE = { id: 'image-1', name: 'debian-12' };

/** Stands in for a cloud: its services over HTTP on one port, and directories of servers that use it. */
export class TestCloud implements AsyncDisposable {
  readonly neutron = new TestNeutron();
  readonly nova = new TestNova(this.neutron);
  readonly keystone = new TestKeystone(() => this.url);
  /** Of each call: method and path, with its query. */
  readonly calls: string[] = [];
  /** Asked for each call: `POST /compute/servers`. */
  fate: (route: string) => Fate = () => 'answer';
  readonly #server: Server;
  readonly #directories: string[] = [];

  private constructor() {
    this.#server = createServer((incoming, outgoing) => void this.#take(incoming, outgoing));
  }

  static async start(): Promise<TestCloud> {
    const cloud = new TestCloud();
    await new Promise<void>((resolve) => cloud.#server.listen(0, '127.0.0.1', resolve));
    return cloud;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  settings(more: JsonObject = {}): JsonObject {
    const v3Credentials = {
      userName: 'ann',
      userDomainName: 'Default',
      password: PASSWORD,
      projectName: 'web',
      projectDomainId: 'default',
    };
    return { auth: { keystoneUrl: `${this.url}/identity/v3`, v3Credentials }, region: 'north', ...more };
  }

  makeDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'poolkeeper-openstack-'));
    this.#directories.push(directory);
    return directory;
  }

  open(
    input: {
      directory?: string;
      settings?: JsonObject;
      options?: JsonObject;
    } & Partial<ProviderContext> = {},
  ): Promise<Provider> {
    const { directory = this.makeDirectory(), settings = this.settings(), options = {}, ...context } = input;
    return openProvider(
      { name: 'cloud', driver: 'openstack', settings, ...options },
      aProviderContext({ dataDirectory: directory, ...context }),
    );
  }

  /** How often a route was called so far, its query aside. */
  count(route: string): number {
    return this.calls.filter((call) => call.split('?')[0] === route).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true });
  }

  async #take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const url = new URL(incoming.url ?? '/', 'http://cloud');
    const [, service = '', ...rest] = url.pathname.split('/');
    const route = `${incoming.method} ${shortOf(url.pathname)}`;
    this.calls.push(`${route}${url.search}`);
    const fate = this.fate(route);
    if (fate === 'silence') return;
    const text = Buffer.concat(chunks).toString();
    const call: TestCall = {
      method: incoming.method ?? '',
      path: `/${rest.join('/')}`,
      query: url.searchParams,
      headers: incoming.headers,
      body: text === '' ? {} : (JSON.parse(text) as JsonObject),
    };
    const answer = typeof fate === 'object' ? fate : this.#answer(service, call);
    if (fate === 'lose-answer') return void incoming.socket.destroy();
    outgoing.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    outgoing.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  }

  #answer(service: string, call: TestCall): TestAnswer {
    if (service === 'identity') return this.keystone.answer(call);
    if (!this.keystone.isGood(call.headers['x-auth-token'])) {
      return {
        status: 401,
        body: { error: { code: 401, message: 'The request you have made requires authentication.' } },
      };
    }
    if (service === 'compute') return this.nova.answer(call);
    if (service === 'network') return this.neutron.answer(call);
    return images(call);
  }
}

function images({ path, query }: TestCall): TestAnswer {
  if (path === `/v2/images/${IMAGE.id}`) return { status: 200, body: IMAGE };
  if (path !== '/v2/images') return { status: 404, body: '<html>404</html>' };
  const found = query.get('name') === IMAGE.name ? [IMAGE] : [];
  return { status: 200, body: { images: found } };
}

/** A path as tests name it: without versions and project. */
function shortOf(path: string): string {
  return path.replace(/\/v[\d.]+(\/p1)?/, '');
}
