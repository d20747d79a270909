import { randomUUID } from 'node:crypto';
import { systemClock } from '../../system-clock.ts';
import { asObject, asText, neutronFault, pageOf, partsOf } from './test-service.ts';
import type { TestAnswer, TestCall } from './test-service.ts';

export type TestPort = { readonly id: string; readonly deviceId: string; readonly readyAt: number };
export type TestFloating = {
  readonly id: string;
  readonly address: string;
  description: string;
  portId: string | null;
};

const PAGE_LIMIT_MAX = 1_000;

/** Neutron, as far as servers and floating addresses need it. */
export class TestNeutron {
  networks = [
    { id: 'net-inside', name: 'inside', 'router:external': false },
    { id: 'net-outside', name: 'outside', 'router:external': true },
  ];
  floatingQuota = Number.POSITIVE_INFINITY;
  /** How long after its making a server has its port. */
  portLagMs = 0;
  readonly floatings: TestFloating[] = [];
  readonly ports: TestPort[] = [];
  #made = 0;

  plug(deviceId: string, lagMs = this.portLagMs): void {
    this.ports.push({ id: randomUUID(), deviceId, readyAt: systemClock.now() + lagMs });
  }

  /** A server is gone, its port too, and floating addresses stay behind. */
  unplug(deviceId: string): void {
    for (const port of this.ports.filter((one) => one.deviceId === deviceId)) {
      this.ports.splice(this.ports.indexOf(port), 1);
      for (const floating of this.floatings) if (floating.portId === port.id) floating.portId = null;
    }
  }

  floatingsOf(deviceId: string): readonly TestFloating[] {
    const ids = this.ports.filter((port) => port.deviceId === deviceId).map(({ id }) => id);
    return this.floatings.filter(({ portId }) => portId !== null && ids.includes(portId));
  }

  answer({ method, path, query, body }: TestCall): TestAnswer {
    const [version, kind, id] = partsOf(path);
    if (version !== 'v2.0') return { status: 404 };
    if (kind === 'networks') return this.#networks(id, query);
    if (kind === 'ports' && method === 'GET') return this.#ports(query);
    if (kind !== 'floatingips') return { status: 404 };
    if (method === 'POST') return this.#allocate(asObject(body['floatingip']));
    if (method === 'GET') return this.#list(query);
    const at = this.floatings.findIndex((one) => one.id === id);
    const floating = this.floatings[at];
    if (floating === undefined) {
      return neutronFault(404, 'FloatingIPNotFound', `Floating IP ${id} could not be found`);
    }
    if (method === 'DELETE') this.floatings.splice(at, 1);
    else floating.description = asText(asObject(body['floatingip'])['description']);
    return { status: method === 'DELETE' ? 204 : 200 };
  }

  #networks(id: string | undefined, query: URLSearchParams): TestAnswer {
    if (id !== undefined) {
      const network = this.networks.find((one) => one.id === id);
      return network === undefined
        ? neutronFault(404, 'NetworkNotFound', `Network ${id} could not be found.`)
        : { status: 200, body: { network } };
    }
    const [name, external] = [query.get('name'), query.get('router:external')];
    const networks = this.networks.filter(
      (one) =>
        (name === null || one.name === name) &&
        (external === null || one['router:external'] === (external === 'true')),
    );
    return { status: 200, body: { networks } };
  }

  #ports(query: URLSearchParams): TestAnswer {
    const ports = this.ports.filter(
      ({ deviceId, readyAt }) => deviceId === query.get('device_id') && readyAt <= systemClock.now(),
    );
    return { status: 200, body: { ports: ports.map(({ id, deviceId }) => ({ id, device_id: deviceId })) } };
  }

  #allocate(asked: ReturnType<typeof asObject>): TestAnswer {
    if (this.floatings.length >= this.floatingQuota) {
      return neutronFault(409, 'OverQuota', "Quota exceeded for resources: ['floatingip'].");
    }
    const network = this.networks.find(({ id }) => id === asked['floating_network_id']);
    if (network?.['router:external'] !== true) {
      return neutronFault(
        400,
        'BadRequest',
        'Bad floatingip request: Network is not a valid external network.',
      );
    }
    const portId = asText(asked['port_id']);
    if (this.floatings.some((one) => one.portId === portId)) {
      return neutronFault(409, 'FloatingIPPortAlreadyAssociated', 'The port already has a floating IP.');
    }
    const address = `203.0.113.${++this.#made}`;
    const floating = { id: randomUUID(), address, description: asText(asked['description']), portId };
    this.floatings.push(floating);
    return { status: 201, body: { floatingip: shown(floating) } };
  }

  #list(query: URLSearchParams): TestAnswer {
    const [port, description] = [query.get('port_id'), query.get('description')];
    const found = this.floatings.filter(
      (one) =>
        (port === null || one.portId === port) && (description === null || one.description === description),
    );
    const { page = [] } = pageOf(found, query, PAGE_LIMIT_MAX) ?? {};
    return { status: 200, body: { floatingips: page.map(shown) } };
  }
}

function shown({ id, address, description, portId }: TestFloating) {
  return {
    id,
    floating_ip_address: address,
    description,
    port_id: portId,
    status: portId ? 'ACTIVE' : 'DOWN',
  };
}
