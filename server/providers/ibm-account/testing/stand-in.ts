import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@poolkeeper/core';
import type { AccountRequest, Accounts, OpenCredential, Provider } from '../../contract.ts';
import type { ProviderContext } from '../../driver.ts';
import { openProvider } from '../../open-provider.ts';
import { aProviderContext } from '../../test-context.ts';
import { SERVICE_NAMES } from '../services.ts';
import { FastTime } from './fast-time.ts';
import { ACCOUNT, TestIam } from './test-iam.ts';
import { TestResources } from './test-resources.ts';
import { smallServices } from './test-services.ts';
import type { TestService } from './test-services.ts';
import { TestVpc } from './test-vpc.ts';
import { Things } from './things.ts';
import { iamFault } from './wire.ts';
import type { TestCall, TestReply } from './wire.ts';

/** What becomes of a call beside its answer: the answer is lost after the work was done, nothing comes at all, or this comes. */
export type Fate = 'answer' | 'lose-answer' | 'silence' | TestReply;

export const MANAGER = 'IBMid-manager';
export const HOLDER = 'iam-ServiceId-holder';
export const REGIONS = ['us-south', 'eu-de'];

/** Stands in for IBM Cloud: its services over HTTP on one port, with one account in it. */
export class StandIn implements AsyncDisposable {
  readonly time = new FastTime();
  readonly things = new Things(this.time);
  readonly iam = new TestIam(this.things, this.time);
  /** Of each call: method, service and path, with its query. */
  readonly calls: string[] = [];
  /** Asked for each call: `GET /vpc/us-south/v1/instances`. */
  fate: (route: string) => Fate = () => 'answer';
  readonly managementKey = this.iam.makeKey('ApiKey-management', MANAGER);
  readonly holderKey = this.iam.makeKey('ApiKey-first', HOLDER);
  readonly #services: Readonly<Record<string, TestService>>;
  readonly #server: Server;

  private constructor() {
    const vpc = new TestVpc(this.things);
    const resources = new TestResources(this.things, this.time);
    this.#services = {
      ...smallServices(this.things, this.iam),
      iam: (call) => this.iam.answer(call),
      vpc: (call) => vpc.answer(call),
      resourceController: (call) => resources.answer(call),
    };
    this.#server = createServer((incoming, outgoing) => void this.#take(incoming, outgoing));
    this.things.add('resource_groups', 'group-default', {
      said: { id: 'group-default', name: 'Default', default: true },
    });
    this.things.add('serviceids', 'ServiceId-holder', {
      said: { id: 'ServiceId-holder', name: 'holder', iam_id: HOLDER },
    });
    for (const id of ['IBMid-owner', MANAGER])
      this.things.add('users', id, { said: { iam_id: id, user_id: id } });
    this.things.add('groups', 'AccessGroupId-PublicAccess', {
      said: { id: 'AccessGroupId-PublicAccess', name: 'Public Access' },
    });
    this.things.add('groups', 'AccessGroupId-admins', {
      said: { id: 'AccessGroupId-admins', name: 'admins', members: [MANAGER] },
    });
    this.#allow('policy-holder', { name: 'iam_id', value: HOLDER });
    this.#allow('policy-admins', { name: 'access_group_id', value: 'AccessGroupId-admins' });
  }

  static async start(): Promise<StandIn> {
    const cloud = new StandIn();
    await new Promise<void>((resolve) => cloud.#server.listen(0, '127.0.0.1', resolve));
    return cloud;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where each service is, for the option of that name. */
  addresses(): Record<string, string> {
    const regional = ['vpc', 'codeEngine', 'toolchains', 'power', 'registry', 'functions'];
    return Object.fromEntries(
      SERVICE_NAMES.map((name) => [
        name,
        `${this.url}/${name}/${regional.includes(name) ? '{region}' : 'global'}`,
      ]),
    );
  }

  /** Options for what needs only some services: looks are quick then. */
  small(): JsonObject {
    const without = [
      'containers',
      'codeEngine',
      'schematics',
      'toolchains',
      'power',
      'classic',
      'registry',
      'functions',
    ];
    const addresses = { ...this.addresses(), ...Object.fromEntries(without.map((name) => [name, null])) };
    return { regions: ['us-south'], addresses };
  }

  open(options: JsonObject = {}, context: Partial<ProviderContext> = {}): Promise<Provider> {
    return openProvider(
      {
        name: 'accounts',
        driver: 'ibm-account',
        regions: REGIONS,
        timeouts: { answer: '10m', phase: '10h', clusters: '10h' },
        addresses: this.addresses(),
        ...options,
      },
      aProviderContext({ clock: this.time, timers: this.time, ...context }),
    );
  }

  async openAccounts(options: JsonObject = {}, context: Partial<ProviderContext> = {}): Promise<Accounts> {
    const { accounts } = await this.open(options, context);
    if (accounts === undefined) throw new Error('it offers no accounts');
    return accounts;
  }

  request(
    overrides: {
      params?: JsonObject;
      current?: OpenCredential | null;
      management?: OpenCredential | null;
      pending?: OpenCredential | null;
    } = {},
  ): AccountRequest {
    const {
      params = {},
      current = { apikey: this.holderKey },
      management = { apikey: this.managementKey },
      pending = null,
    } = overrides;
    return {
      resource: { id: 'res_1', name: 'account-1', pool: 'accounts', epoch: 3 },
      params: { account_id: ACCOUNT, ...params },
      credentials: { current, management, pending },
      idempotencyKey: 'job_1',
    };
  }

  /** What there is: `kind id`. A workspace is the instance that it is of, and images that are public are not of the account. */
  remains(): string[] {
    const own = this.things
      .all()
      .filter(({ kind, said }) => kind !== 'power.workspaces' && said['visibility'] !== 'public')
      .map(({ kind, id }) => `${kind} ${id}`);
    return [...own, ...this.iam.keys.map(({ id }) => `key ${id}`)].toSorted();
  }

  /** How often a route was called so far, its query aside. */
  count(route: string): number {
    return this.calls.filter((call) => call.split('?')[0] === route).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #allow(id: string, attribute: JsonObject): void {
    const said = { id, type: 'access', state: 'active', subjects: [{ attributes: [attribute] }] };
    this.things.add('policies', id, { said });
  }

  async #take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const url = new URL(incoming.url ?? '/', 'http://cloud');
    const [, service = '', region = '', ...rest] = url.pathname.split('/');
    const route = `${incoming.method} ${url.pathname}`;
    this.calls.push(`${route}${url.search}`);
    const fate = this.fate(route);
    if (fate === 'silence') return;
    const text = Buffer.concat(chunks).toString();
    const path = `/${rest.join('/')}`;
    const isForm = path === '/identity/token';
    const call: TestCall = {
      method: incoming.method ?? '',
      region: region === 'global' ? '' : region,
      path,
      query: url.searchParams,
      headers: incoming.headers,
      body: text === '' || isForm ? {} : (JSON.parse(text) as JsonObject),
    };
    const reply = typeof fate === 'object' ? fate : this.#answer(service, call, text);
    if (fate === 'lose-answer') return void incoming.socket.destroy();
    outgoing.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    if (reply.body === undefined) return void outgoing.end();
    outgoing.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  }

  #answer(service: string, call: TestCall, text: string): TestReply {
    if (call.path === '/identity/token') return this.iam.token(call, new URLSearchParams(text));
    if (!this.iam.isGood(call.headers['authorization']))
      return iamFault(401, 'BXNIM0407E', 'Provided token is invalid');
    return this.#services[service]?.(call) ?? { status: 404 };
  }
}
