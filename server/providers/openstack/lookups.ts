import type { Json, JsonObject } from '@poolkeeper/core';
import type { Clock } from '../../timers.ts';
import { ProviderRefused } from '../contract.ts';
import type { Cloud, ServiceName } from './cloud.ts';
import { isObject } from './settings.ts';

/** How long what a name means is believed, in milliseconds, and how many names are remembered. */
const KNOWN_MS_MAX = 5 * 60_000;
const KNOWN_MAX = 256;
/** Flavours that one page brings, and pages that are read: this list alone cannot be asked for one name. */
const PAGE_LIMIT = 500;
const PAGES_MAX = 20;

type Kind = 'image' | 'flavour' | 'network' | 'external network';
type Named = { readonly id: string; readonly name: string };

/**
 * What names in templates mean: the ids of images, flavours and networks.
 *
 * Errors, of every method: `ProviderRefused` when a name means nothing, or more than one thing; those of `Cloud.call`.
 */
export class Lookups {
  readonly #cloud: Cloud;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly id: string; readonly until: number }>();

  constructor(cloud: Cloud, clock: Clock) {
    this.#cloud = cloud;
    this.#clock = clock;
  }

  image(given: string, signal: AbortSignal): Promise<string> {
    return this.#require('image', given, async () => [
      ...(await this.#byId({ service: 'image', path: '/images', wrapper: null }, given, signal)),
      ...(await this.#byName({ service: 'image', path: '/images', list: 'images' }, given, signal)),
    ]);
  }

  flavour(given: string, signal: AbortSignal): Promise<string> {
    return this.#require('flavour', given, async () => {
      const byId = await this.#byId(
        { service: 'compute', path: '/flavors', wrapper: 'flavor' },
        given,
        signal,
      );
      if (byId.length > 0) return byId;
      const all = await this.#allFlavours(signal);
      return all.filter(({ name }) => name === given);
    });
  }

  network(given: string, signal: AbortSignal): Promise<string> {
    const list = { service: 'network', path: '/networks', list: 'networks' } as const;
    return this.#require('network', given, async () => [
      ...(await this.#byId({ service: 'network', path: '/networks', wrapper: 'network' }, given, signal)),
      ...(await this.#byName(list, given, signal)),
    ]);
  }

  /** Where floating addresses come from: the network of that name or id, or the only one that there is. */
  externalNetwork(given: string | undefined, signal: AbortSignal): Promise<string> {
    return this.#require('external network', given ?? '', async () => {
      const path = '/networks?router%3Aexternal=true';
      const all = await this.#list({ service: 'network', path, list: 'networks' }, signal);
      return given === undefined ? all : all.filter(({ id, name }) => id === given || name === given);
    });
  }

  async #require(kind: Kind, given: string, look: () => Promise<readonly Named[]>): Promise<string> {
    const key = `${kind} ${given}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#clock.now()) return known.id;
    const found = new Map((await look()).map(({ id, name }) => [id, name]));
    const [id] = found.has(given) ? [given] : found.keys();
    if (id === undefined || (found.size > 1 && !found.has(given))) {
      throw new ProviderRefused(problemOf(kind, given, found));
    }
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(key, { id, until: this.#clock.now() + KNOWN_MS_MAX });
    return id;
  }

  async #byId(
    where: { service: ServiceName; path: string; wrapper: string | null },
    id: string,
    signal: AbortSignal,
  ): Promise<readonly Named[]> {
    const { service, wrapper } = where;
    // A name that is no id is refused by some services, and not found by others.
    const { status, body } = await this.#cloud.call(
      {
        service,
        method: 'GET',
        path: `${where.path}/${encodeURIComponent(id)}`,
        understands: [400, 404],
      },
      signal,
    );
    if (status >= 300 || !isObject(body)) return [];
    return namedIn([wrapper === null ? body : (body[wrapper] ?? null)]);
  }

  async #byName(
    where: { service: ServiceName; path: string; list: string },
    name: string,
    signal: AbortSignal,
  ): Promise<readonly Named[]> {
    const path = `${where.path}?name=${encodeURIComponent(name)}`;
    const found = await this.#list({ ...where, path }, signal);
    return found.filter((one) => one.name === name);
  }

  async #list(
    { service, path, list }: { service: ServiceName; path: string; list: string },
    signal: AbortSignal,
  ): Promise<readonly Named[]> {
    const { body } = await this.#cloud.call({ service, method: 'GET', path }, signal);
    const values = isObject(body) ? body[list] : undefined;
    return Array.isArray(values) ? namedIn(values) : [];
  }

  async #allFlavours(signal: AbortSignal): Promise<readonly Named[]> {
    const all: Named[] = [];
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const last = all.at(-1);
      const after = last === undefined ? '' : `&marker=${encodeURIComponent(last.id)}`;
      const path = `/flavors?limit=${PAGE_LIMIT}${after}`;
      const found = await this.#list({ service: 'compute', path, list: 'flavors' }, signal);
      all.push(...found);
      if (found.length === 0) break;
    }
    return all;
  }
}

function problemOf(kind: Kind, given: string, found: ReadonlyMap<string, string>): string {
  const member = {
    image: 'image',
    flavour: 'size',
    network: 'networks',
    'external network': 'floatingNetwork',
  };
  const advice = `Correct ${member[kind]} of the pool's template`;
  if (given === '') {
    return found.size === 0
      ? 'This project sees no external network, so there are no floating addresses. Leave out assignFloatingIp of the template.'
      : `This project sees ${found.size} external networks: ${[...found.values()].join(', ')}. ${advice}.`;
  }
  return found.size === 0
    ? `This project has no ${kind} "${given}", by id or by name. ${advice}.`
    : `This project has ${found.size} of the name "${given}" (${kind}). ${advice}: use the id.`;
}

function namedIn(values: readonly Json[]): readonly Named[] {
  return values.flatMap((value: JsonObject | Json) => {
    if (!isObject(value) || typeof value['id'] !== 'string') return [];
    const { id, name } = value;
    return [{ id, name: typeof name === 'string' ? name : '' }];
  });
}
