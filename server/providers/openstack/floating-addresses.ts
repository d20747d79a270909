import type { Json } from '@poolkeeper/core';
import { sleep } from '../../timers.ts';
import type { Timers } from '../../timers.ts';
import { ProviderTransient } from '../contract.ts';
import type { Cloud } from './cloud.ts';
import type { Lookups } from './lookups.ts';
import { isObject } from './settings.ts';

/** A server that is being built has no port at first: it is waited for so long in all, and between two looks. Milliseconds. */
const PORT_MS_MAX = 20_000;
const LOOK_AGAIN_MS = 500;
/** Addresses that one page brings, and pages that are read. */
const PAGE_LIMIT = 500;
const PAGES_MAX = 40;

type Floating = { readonly id: string; readonly portId: string | null; readonly description: string };

export type FloatingAddressesInput = {
  readonly cloud: Cloud;
  readonly lookups: Lookups;
  readonly timers: Timers;
  /** What the descriptions of our addresses begin with: no other provider's do. */
  readonly mark: string;
};

/**
 * Floating addresses of servers, in Neutron. Each is allocated with the port that it is for, in one call, and bears our mark and
 * the resource in its description: so one without a port belongs to a server that is gone, whatever ended it.
 *
 * Errors, of every method: those of `Cloud.call`.
 */
export class FloatingAddresses {
  readonly #input: FloatingAddressesInput;

  constructor(input: FloatingAddressesInput) {
    this.#input = input;
  }

  /**
   * Gives a server a floating address unless it has one; answers whether it gave one.
   *
   * Errors: `ProviderTransient` when the server has no port yet; `ProviderExhausted` when there are no addresses.
   */
  async give(
    to: { readonly server: string; readonly resource: string; readonly network: string | undefined },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { cloud, lookups } = this.#input;
    const network = await lookups.externalNetwork(to.network, signal);
    const port = await this.#requirePort(to.server, signal);
    const path = `/floatingips?port_id=${encodeURIComponent(port)}`;
    if ((await this.#list(path, signal)).length > 0) return false;
    const floatingip = {
      floating_network_id: network,
      port_id: port,
      description: this.#describe(to.resource),
    };
    await cloud.call(
      { service: 'network', method: 'POST', path: '/floatingips', body: { floatingip }, creates: true },
      signal,
    );
    return true;
  }

  /** Gives the addresses of a resource back. */
  async release(resource: string, signal: AbortSignal): Promise<void> {
    await this.#remove(await this.#described(this.#describe(resource), signal), signal);
  }

  /** Leaves the addresses of a resource to whoever has its server now. */
  async letGo(resource: string, signal: AbortSignal): Promise<void> {
    await this.#rename(this.#describe(resource), '', signal);
  }

  /** Makes the addresses of a resource of another pool, by its mark as we would write it, those of one of ours. */
  async takeOver(
    from: { readonly mark: string; readonly resource: string },
    resource: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#rename(`${from.mark} ${from.resource}`, this.#describe(resource), signal);
  }

  /** Gives back what servers left behind that ended without us. Answers how many addresses that were. */
  async sweep(signal: AbortSignal): Promise<number> {
    if (!(await this.#input.cloud.has('network', signal))) return 0;
    const all = await this.#listAll(signal);
    const left = all.filter(
      ({ portId, description }) => portId === null && description.startsWith(this.#describe('')),
    );
    await this.#remove(left, signal);
    return left.length;
  }

  async #rename(before: string, description: string, signal: AbortSignal): Promise<void> {
    for (const { id } of await this.#described(before, signal)) {
      const path = `/floatingips/${encodeURIComponent(id)}`;
      const body = { floatingip: { description } };
      await this.#input.cloud.call(
        { service: 'network', method: 'PUT', path, body, understands: [404] },
        signal,
      );
    }
  }

  async #described(wanted: string, signal: AbortSignal): Promise<readonly Floating[]> {
    if (!(await this.#input.cloud.has('network', signal))) return [];
    const path = `/floatingips?description=${encodeURIComponent(wanted)}`;
    return (await this.#list(path, signal)).filter(({ description }) => description === wanted);
  }

  #describe(resource: string): string {
    return `${this.#input.mark} ${resource}`;
  }

  async #remove(addresses: readonly Floating[], signal: AbortSignal): Promise<void> {
    for (const { id } of addresses) {
      const path = `/floatingips/${encodeURIComponent(id)}`;
      await this.#input.cloud.call(
        { service: 'network', method: 'DELETE', path, understands: [404] },
        signal,
      );
    }
  }

  async #requirePort(server: string, signal: AbortSignal): Promise<string> {
    const { cloud, timers } = this.#input;
    const path = `/ports?device_id=${encodeURIComponent(server)}`;
    for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
      const { body } = await cloud.call({ service: 'network', method: 'GET', path }, signal);
      const [port] = idsIn(isObject(body) ? body['ports'] : undefined);
      if (port !== undefined) return port;
      if (waitedMs >= PORT_MS_MAX) {
        throw new ProviderTransient(
          `Server ${server} has had no network port for ${PORT_MS_MAX / 1_000} s, so it gets no floating address yet. It is tried again; see in the cloud whether the server is being built.`,
        );
      }
      await sleep(timers, LOOK_AGAIN_MS, signal);
    }
  }

  async #listAll(signal: AbortSignal): Promise<readonly Floating[]> {
    const all: Floating[] = [];
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const last = all.at(-1);
      const after = last === undefined ? '' : `&marker=${encodeURIComponent(last.id)}`;
      const found = await this.#list(`/floatingips?limit=${PAGE_LIMIT}${after}`, signal);
      // A Neutron without paging answers everything, each time.
      if (found.length === 0 || found.some(({ id }) => id === last?.id)) break;
      all.push(...found);
    }
    return all;
  }

  async #list(path: string, signal: AbortSignal): Promise<readonly Floating[]> {
    const { body } = await this.#input.cloud.call({ service: 'network', method: 'GET', path }, signal);
    const values = isObject(body) ? body['floatingips'] : undefined;
    return (Array.isArray(values) ? values : []).flatMap((value: Json) => {
      if (!isObject(value) || typeof value['id'] !== 'string') return [];
      const { id, port_id: port, description } = value;
      return [
        {
          id,
          portId: typeof port === 'string' && port !== '' ? port : null,
          description: typeof description === 'string' ? description : '',
        },
      ];
    });
  }
}

function idsIn(values: Json | undefined): readonly string[] {
  return (Array.isArray(values) ? values : []).flatMap((value: Json) =>
    isObject(value) && typeof value['id'] === 'string' ? [value['id']] : [],
  );
}
