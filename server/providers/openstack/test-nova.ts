import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '@poolkeeper/core';
import { systemClock } from '../../system-clock.ts';
import type { TestNeutron } from './test-neutron.ts';
import { asObject, asText, novaFault, pageOf, partsOf } from './test-service.ts';
import type { TestAnswer, TestCall } from './test-service.ts';

export type TestServer = {
  readonly id: string;
  readonly asked: JsonObject;
  readonly createdAt: number;
  readonly listedFrom: number;
  readonly address: string;
  name: string;
  metadata: Record<string, string>;
  activeAt: number;
  /** Overrides what time makes of it. */
  status: string | null;
  launchedAt: number | null;
  goneAt: number | null;
  fault: string | null;
};

const FLAVOURS = [
  { id: '1', name: 'm1.tiny', vcpus: 1, ram: 512 },
  { id: '2', name: 'm1.small', vcpus: 1, ram: 2_048 },
];
const METADATA_NAME = /^[a-zA-Z0-9-_:. ]{1,255}$/;

/** Nova: servers that take a while to boot and to end, lists in pages and behind the truth, quotas, odd states. */
export class TestNova {
  bootMs = 0;
  endMs = 0;
  /** So long a new server is on no list. */
  listLagMs = 0;
  pageLimitMax = 1_000;
  quota = Number.POSITIVE_INFINITY;
  /** What the next servers end as, with why. */
  buildFault: string | null = null;
  readonly servers: TestServer[] = [];
  readonly #neutron: TestNeutron;

  constructor(neutron: TestNeutron) {
    this.#neutron = neutron;
  }

  /** Servers that nobody asked the end of. */
  staying(resource?: string): TestServer[] {
    this.#settle();
    return this.servers.filter(
      ({ goneAt, metadata }) =>
        goneAt === null && (resource === undefined || metadata['poolkeeper:resource'] === resource),
    );
  }

  require(id: string | undefined): TestServer {
    const server = this.servers.find((one) => one.id === id);
    if (server === undefined) throw new Error(`there is no server ${id}`);
    return server;
  }

  /** A server that somebody else made, or took away. */
  spawn(metadata: Record<string, string> = {}, name = 'by-hand', laterMs = 0): TestServer {
    return this.#make({ name, flavorRef: '2', imageRef: 'image-1', metadata }, laterMs);
  }

  vanish(id: string): void {
    this.servers.splice(this.servers.indexOf(this.require(id)), 1);
    this.#neutron.unplug(id);
  }

  answer(call: TestCall): TestAnswer {
    this.#settle();
    const [version, project, kind, id, part, key] = partsOf(call.path);
    if (version !== 'v2.1' || project !== 'p1') return { status: 404 };
    if (call.headers['openstack-api-version'] !== 'compute 2.47')
      return novaFault(406, 'Version is not supported');
    if (kind === 'flavors') return flavours(id, call.query);
    if (kind !== 'servers') return novaFault(404, 'The resource could not be found.');
    if (id === undefined) return this.#boot(asObject(call.body['server']));
    if (id === 'detail') return this.#list(call.query);
    const server = this.servers.find((one) => one.id === id);
    if (server === undefined) return novaFault(404, `Instance ${id} could not be found.`);
    if (part === 'metadata') return this.#metadata(server, call, key);
    if (call.method === 'GET') return { status: 200, body: { server: this.#shown(server) } };
    server.goneAt ??= systemClock.now() + this.endMs;
    return { status: 204 };
  }

  #boot(asked: JsonObject): TestAnswer {
    if (asked['networks'] === undefined) return novaFault(400, "'networks' is a required property");
    if (asked['imageRef'] !== 'image-1') return novaFault(400, 'Can not find requested image');
    if (!FLAVOURS.some(({ id }) => id === asked['flavorRef']))
      return novaFault(400, 'Flavor could not be found.');
    if (asked['key_name'] === 'unknown') return novaFault(400, 'Invalid key_name provided.');
    if (!isMetadata(asked['metadata'])) return novaFault(400, 'Invalid input for field/attribute metadata.');
    const used = this.staying().length;
    if (used >= this.quota) {
      const message = `Quota exceeded for instances: Requested 1, but already used ${used} of ${this.quota} instances`;
      return novaFault(403, message);
    }
    const { id } = this.#make(asked);
    return { status: 202, body: { server: { id, adminPass: 'eD4sW2q0', links: [] } } };
  }

  #make(asked: JsonObject, laterMs = 0): TestServer {
    const now = systemClock.now();
    const server: TestServer = {
      id: randomUUID(),
      asked,
      name: asText(asked['name']),
      metadata: { ...(asObject(asked['metadata']) as Record<string, string>) },
      createdAt: now + laterMs,
      listedFrom: now + this.listLagMs,
      activeAt: now + this.bootMs,
      address: `10.0.0.${this.servers.length + 1}`,
      status: this.buildFault === null ? null : 'ERROR',
      fault: this.buildFault,
      launchedAt: null,
      goneAt: null,
    };
    this.servers.push(server);
    // A tag of a test says how late the port of its server is.
    const { portAfterMs } = server.metadata;
    const lagMs = portAfterMs === undefined ? undefined : Number(portAfterMs);
    if (asked['networks'] !== 'none') this.#neutron.plug(server.id, lagMs);
    return server;
  }

  #list(query: URLSearchParams): TestAnswer {
    const name = query.get('name');
    const now = systemClock.now();
    const all = this.servers
      .filter((server) => server.listedFrom <= now)
      .filter((server) => name === null || new RegExp(name).test(server.name))
      .toReversed();
    const cut = pageOf(all, query, this.pageLimitMax);
    if (cut === undefined) return novaFault(400, `marker [${query.get('marker')}] not found`);
    const links = cut.hasNext ? { servers_links: [{ rel: 'next', href: 'http://nova.internal/next' }] } : {};
    return { status: 200, body: { servers: cut.page.map((server) => this.#shown(server)), ...links } };
  }

  #metadata(server: TestServer, { method, body }: TestCall, key: string | undefined): TestAnswer {
    if (this.#statusOf(server) === 'BUILD') {
      const doing = method === 'DELETE' ? 'delete metadata' : 'update metadata';
      return novaFault(409, `Cannot '${doing}' instance ${server.id} while it is in vm_state building`);
    }
    if (method === 'DELETE') {
      if (key === undefined || !(key in server.metadata))
        return novaFault(404, 'Metadata item was not found');
      delete server.metadata[key];
      return { status: 204 };
    }
    if (!isMetadata(body['metadata'])) return novaFault(400, 'Invalid input for field/attribute metadata.');
    Object.assign(server.metadata, body['metadata']);
    return { status: 200, body: { metadata: server.metadata } };
  }

  /** Time goes on: servers become active, and end. */
  #settle(): void {
    const now = systemClock.now();
    for (const server of this.servers.slice()) {
      if (server.goneAt !== null && server.goneAt <= now) this.vanish(server.id);
      else if (server.status === null && server.activeAt <= now) server.launchedAt ??= server.activeAt;
    }
  }

  #statusOf(server: TestServer): string {
    return server.status ?? (server.launchedAt === null ? 'BUILD' : 'ACTIVE');
  }

  #shown(server: TestServer): JsonObject {
    const flavour = FLAVOURS.find(({ id }) => id === server.asked['flavorRef']);
    const isUp = server.launchedAt !== null;
    const fixed = { addr: server.address, version: 4, 'OS-EXT-IPS:type': 'fixed' };
    const floating = this.#neutron
      .floatingsOf(server.id)
      .map(({ address }) => ({ addr: address, version: 4, 'OS-EXT-IPS:type': 'floating' }));
    return {
      id: server.id,
      name: server.name,
      status: this.#statusOf(server),
      created: `${new Date(server.createdAt).toISOString().slice(0, 19)}Z`,
      'OS-SRV-USG:launched_at':
        server.launchedAt === null ? null : new Date(server.launchedAt).toISOString().replace('Z', '000'),
      'OS-EXT-STS:task_state': server.goneAt === null ? (isUp ? null : 'spawning') : 'deleting',
      'OS-EXT-AZ:availability_zone': 'nova',
      metadata: server.metadata,
      key_name: server.asked['key_name'] ?? null,
      image: { id: server.asked['imageRef'] ?? null },
      flavor: { original_name: flavour?.name ?? null, vcpus: flavour?.vcpus ?? 0, ram: flavour?.ram ?? 0 },
      addresses: isUp ? { inside: [fixed, ...floating] } : {},
      ...(server.fault === null ? {} : { fault: { code: 500, message: server.fault } }),
    };
  }
}

function flavours(id: string | undefined, query: URLSearchParams): TestAnswer {
  if (id !== undefined) {
    const flavor = FLAVOURS.find((one) => one.id === id);
    return flavor === undefined
      ? novaFault(404, `Flavor ${id} could not be found.`)
      : { status: 200, body: { flavor } };
  }
  const { page = [] } = pageOf(FLAVOURS, query, 1) ?? {};
  return { status: 200, body: { flavors: page.map((flavour) => ({ id: flavour.id, name: flavour.name })) } };
}

function isMetadata(value: Json | undefined): boolean {
  return Object.entries(asObject(value)).every(
    ([name, text]) => METADATA_NAME.test(name) && typeof text === 'string' && text.length <= 255,
  );
}
