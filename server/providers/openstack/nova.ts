import type { Json, JsonObject } from '@poolkeeper/core';
import { ProviderTransient } from '../contract.ts';
import type { Cloud } from './cloud.ts';
import { readServer } from './server-view.ts';
import type { Server } from './server-view.ts';
import { isObject } from './settings.ts';

/** Servers that one page is asked for, and pages that are read. A cloud may give fewer. */
const PAGE_LIMIT = 500;
const PAGES_MAX = 400;
/** A server that a page ended with may be deleted before the next one is asked for: then the list is begun again, so often. */
const LISTINGS_MAX = 3;

/** The compute service of a cloud. Errors, of every method: those of `Cloud.call`. */
export class Nova {
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /**
   * Asks for a server and answers its id. There is no token that makes this safe to repeat.
   *
   * Errors: `ProviderTransient` when the answer has no id.
   */
  async boot(server: JsonObject, signal: AbortSignal): Promise<string> {
    const { body } = await this.#cloud.call(
      { service: 'compute', method: 'POST', path: '/servers', body: { server }, creates: true },
      signal,
    );
    const made = isObject(body) && isObject(body['server']) ? body['server']['id'] : undefined;
    if (typeof made === 'string' && made !== '') return made;
    throw new ProviderTransient('The cloud took a server, and did not say its id. It is looked for again.');
  }

  /** Undefined when there is no such server. */
  async find(id: string, signal: AbortSignal): Promise<Server | undefined> {
    const { status, body } = await this.#cloud.call(
      { service: 'compute', method: 'GET', path: serverPath(id), understands: [404] },
      signal,
    );
    if (status === 404) return undefined;
    const server = isObject(body) ? readServer(body['server']) : undefined;
    if (server === undefined) throw unreadable('a server');
    return server;
  }

  /** Asks for the end of a server; false when there is none. */
  async remove(id: string, signal: AbortSignal): Promise<boolean> {
    const { status } = await this.#cloud.call(
      { service: 'compute', method: 'DELETE', path: serverPath(id), understands: [404] },
      signal,
    );
    return status !== 404;
  }

  /** Sets single marks and leaves the others; false when there is no such server. */
  async mark(id: string, metadata: Readonly<Record<string, string>>, signal: AbortSignal): Promise<boolean> {
    const { status } = await this.#cloud.call(
      {
        service: 'compute',
        method: 'POST',
        path: `${serverPath(id)}/metadata`,
        body: { metadata },
        understands: [404],
      },
      signal,
    );
    return status !== 404;
  }

  /** Takes one mark away; one that is not there is none to take. */
  async unmark(id: string, name: string, signal: AbortSignal): Promise<void> {
    const path = `${serverPath(id)}/metadata/${encodeURIComponent(name)}`;
    await this.#cloud.call({ service: 'compute', method: 'DELETE', path, understands: [404] }, signal);
  }

  /** Servers of the project, page after page: all of them, or those of one name. */
  async list(signal: AbortSignal, name?: string): Promise<readonly Server[]> {
    for (let listing = 1; listing <= LISTINGS_MAX; listing += 1) {
      const servers = await this.#listOnce(signal, name);
      if (servers !== undefined) return servers;
    }
    throw new ProviderTransient(
      `Servers were deleted while the cloud was asked for the next page of them, ${LISTINGS_MAX} times in a row.`,
    );
  }

  /** Undefined when the server that a page ended with is gone. */
  async #listOnce(signal: AbortSignal, name?: string): Promise<readonly Server[] | undefined> {
    // The filter is a regular expression, and what we name servers holds nothing that is special in one.
    const filter = name === undefined ? '' : `&name=${encodeURIComponent(`^${name}$`)}`;
    const servers = new Map<string, Server>();
    let marker = '';
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const after = marker === '' ? '' : `&marker=${encodeURIComponent(marker)}`;
      const { status, body } = await this.#cloud.call(
        {
          service: 'compute',
          method: 'GET',
          path: `/servers/detail?limit=${PAGE_LIMIT}${filter}${after}`,
          understands: marker === '' ? [] : [400],
        },
        signal,
      );
      if (status === 400) return undefined;
      const read = readPage(body);
      for (const server of read.servers) servers.set(server.id, server);
      marker = read.servers.at(-1)?.id ?? '';
      if (!read.hasNext || marker === '') return [...servers.values()];
    }
    throw new ProviderTransient(
      `The project has more than ${PAGES_MAX} pages of servers. Give the pools of this provider a project of their own.`,
    );
  }
}

function serverPath(id: string): string {
  return `/servers/${encodeURIComponent(id)}`;
}

/** One server that cannot be read must not be taken for one that is gone, so then nothing of the page counts. */
function readPage(body: Json): { readonly servers: readonly Server[]; readonly hasNext: boolean } {
  const list = isObject(body) ? body['servers'] : undefined;
  const links = isObject(body) ? body['servers_links'] : undefined;
  if (!Array.isArray(list)) throw unreadable('a list of servers');
  const servers = list.flatMap((value: Json) => readServer(value) ?? []);
  if (servers.length !== list.length) throw unreadable('a list of servers');
  const hasNext =
    Array.isArray(links) && links.some((link: Json) => isObject(link) && link['rel'] === 'next');
  return { servers, hasNext };
}

function unreadable(what: string): ProviderTransient {
  return new ProviderTransient(
    `The cloud was asked for ${what}, and did not answer as Nova does. See that the catalogue of Keystone leads to its compute service.`,
  );
}
