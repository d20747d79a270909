import type { JsonObject, Listed, Observation } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../timers.ts';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { CreateRequest, DestroyRequest, Members, Provider } from '../contract.ts';
import { Turns } from '../turns.ts';
import type { FloatingAddresses } from './floating-addresses.ts';
import type { Lookups } from './lookups.ts';
import type { Nova } from './nova.ts';
import { Remarks } from './remarks.ts';
import { bootBody, nameOfServer, ownerOf } from './server-request.ts';
import type { Mark } from './server-request.ts';
import { RESOURCE_MARK, byAge, isStaying, listedOf, stateOf } from './server-view.ts';
import type { Place, Server } from './server-view.ts';
import { memberActions } from './members.ts';
import { readTemplate } from './template.ts';
import type { ServerTemplate } from './template.ts';

/** A server that was just made and is on no list yet is asked for by its id, so long and so many at most. Milliseconds. */
const UNLISTED_MS_MAX = 2 * 60_000;
const UNLISTED_MAX = 1_000;

export type OpenStackProviderInput = {
  readonly name: string;
  /** What all servers of this provider bear. */
  readonly mark: Mark;
  readonly place: Place;
  readonly nova: Nova;
  readonly lookups: Lookups;
  readonly floating: FloatingAddresses;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts what is under way when the provider is closed. */
  readonly closing: AbortController;
};

/** See `openstack-driver.ts`. It keeps nothing that the cloud does not know. */
export class OpenStackProvider implements Provider {
  readonly driver = 'openstack';
  readonly makes = true;
  readonly members: Members;
  readonly #input: OpenStackProviderInput;
  readonly #remarks: Remarks;
  /** Nova takes no client token: of one resource one thing is done at a time. */
  readonly #turns = new Turns();
  /** By resource: what was made, until a list has it. */
  readonly #unlisted = new Map<string, { readonly server: string; readonly until: number }>();

  constructor(input: OpenStackProviderInput) {
    this.#input = input;
    this.#remarks = new Remarks(input.name, input.logger);
    this.members = memberActions({
      nova: input.nova,
      floating: input.floating,
      mark: input.mark,
      place: input.place,
      remarks: this.#remarks,
      until: (signal) => this.#until(signal),
    });
  }

  get name(): string {
    return this.#input.name;
  }

  checkTemplate(template: JsonObject | null): readonly { pointer: string; message: string }[] {
    const checked = readTemplate(template);
    return 'faults' in checked ? checked.faults : [];
  }

  /**
   * Asks for a server with all its marks, and does not wait until it runs; `observe` tells that. It waits for its network port
   * where it is to have a floating address.
   *
   * A server of the resource is looked for before and after: two calls of servers that do not know of each other leave one, the
   * older.
   */
  async create(request: CreateRequest, signal: AbortSignal): Promise<Observation> {
    const { resource } = request;
    const checked = readTemplate(request.template);
    if ('faults' in checked) {
      const list = checked.faults.map(({ pointer, message }) => `template${pointer}: ${message}`);
      throw new ProviderRefused(list.join(' '));
    }
    const { template } = checked;
    return this.#turns.take(resource.id, this.#until(signal), async (until) => {
      const server = (await this.#takeUp(resource, until)) ?? (await this.#make(resource, template, until));
      const shown = template.assignFloatingIp
        ? await this.#withFloating(
            server,
            { resource: resource.id, network: template.floatingNetwork },
            until,
          )
        : server;
      return { ...listedOf(shown, this.#input.place), resource: resource.id };
    });
  }

  /** Ends every server that bears the resource's mark, and what is known as its server; floating addresses go first. */
  async destroy(request: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'> {
    const { nova, floating } = this.#input;
    const { resource } = request;
    return this.#turns.take(resource.id, this.#until(signal), async (until) => {
      const named = await this.#findAll(resource, until);
      const servers = [...named, ...(await this.#findKnown(request, named, until))];
      await floating.release(resource.id, until);
      const removals = servers.map(({ id }) => nova.remove(id, until));
      const isGoing = (await Promise.all(removals)).some((wasThere) => wasThere);
      if (!isGoing) this.#unlisted.delete(resource.id);
      return isGoing ? 'going' : 'gone';
    });
  }

  /** Lists, and gives floating addresses back whose servers ended without us. */
  async observe(signal: AbortSignal): Promise<readonly Listed[]> {
    const { nova, place } = this.#input;
    const until = this.#until(signal);
    const listed = (await nova.list(until)).filter((server) => this.#isOurs(server));
    const servers = [...listed, ...(await this.#findUnlisted(listed, until))]
      .filter(({ status }) => status !== 'DELETED')
      .toSorted(byAge);
    await this.#sweep(until);
    const kept = new Set<string>();
    const found = new Map<string, Listed>();
    // Of two servers of one resource the one that stays counts, then the older one; they are ended together.
    for (const server of [...servers.filter(isStaying), ...servers]) {
      const { [RESOURCE_MARK]: resource } = server.metadata;
      const key = resource === undefined ? `server ${server.id}` : `resource ${resource}`;
      if (!found.has(key)) {
        found.set(key, listedOf(server, place));
        kept.add(server.id);
      } else if (!kept.has(server.id) && isStaying(server)) this.#remarks.second(server, resource ?? '');
    }
    for (const server of servers) this.#remarks.odd(server);
    return [...found.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#input.closing.abort(new ProviderTransient(`Provider ${this.name} is closed.`));
    await this.#turns.ended();
  }

  /** What an earlier attempt made for the resource, if it is still good; what could not be built is taken away. */
  async #takeUp(resource: CreateRequest['resource'], signal: AbortSignal): Promise<Server | undefined> {
    const servers = await this.#findAll(resource, signal);
    const failed = servers.filter((server) => stateOf(server) === 'REJECTED');
    for (const { id } of failed) await this.#input.nova.remove(id, signal);
    return this.#keepOldest(servers, signal);
  }

  async #make(
    resource: CreateRequest['resource'],
    template: ServerTemplate,
    signal: AbortSignal,
  ): Promise<Server> {
    const { nova, lookups, mark, clock } = this.#input;
    const body = await bootBody({ resource, template, mark, lookups }, signal);
    const id = await nova.boot(body, signal);
    if (this.#unlisted.size >= UNLISTED_MAX) this.#unlisted.clear();
    this.#unlisted.set(resource.id, { server: id, until: clock.now() + UNLISTED_MS_MAX });
    const server = await this.#keepOldest(await this.#findAll(resource, signal), signal);
    if (server !== undefined) return server;
    throw new ProviderTransient(
      `Server ${id} of ${resource.name} was made, and ended or failed at once. It is tried again; the cloud's own log says why.`,
    );
  }

  /** The server with its floating address, which a look from before does not show. */
  async #withFloating(
    server: Server,
    to: { readonly resource: string; readonly network: string | undefined },
    signal: AbortSignal,
  ): Promise<Server> {
    const { nova, floating } = this.#input;
    const isNew = await floating.give({ ...to, server: server.id }, signal);
    return (isNew ? await nova.find(server.id, signal) : undefined) ?? server;
  }

  /** Of several servers of one resource, which calls made that could not see each other, the oldest stays. */
  async #keepOldest(servers: readonly Server[], signal: AbortSignal): Promise<Server | undefined> {
    const [oldest, ...younger] = servers.filter(isStaying).toSorted(byAge);
    for (const server of younger) {
      this.#remarks.surplus(server);
      await this.#input.nova.remove(server.id, signal);
    }
    return oldest;
  }

  /** All servers of a resource, whatever their state: by their name, which Nova can look for, and by what we remember. */
  async #findAll(
    resource: Pick<CreateRequest['resource'], 'id' | 'pool'>,
    signal: AbortSignal,
  ): Promise<readonly Server[]> {
    const { nova, mark } = this.#input;
    const named = (await nova.list(signal, nameOfServer(resource, mark))).filter(
      (server) => this.#isOurs(server) && server.metadata[RESOURCE_MARK] === resource.id,
    );
    const made = this.#unlisted.get(resource.id);
    const isListed = made === undefined || named.some(({ id }) => id === made.server);
    const unlisted = isListed ? undefined : await nova.find(made.server, signal);
    const all = unlisted !== undefined && this.#isOurs(unlisted) ? [...named, unlisted] : named;
    return all.filter(({ status }) => status !== 'DELETED');
  }

  /** What the core knows as the server of a resource, where its name or its marks do not lead to it. */
  async #findKnown(
    { resource, externalId }: DestroyRequest,
    named: readonly Server[],
    signal: AbortSignal,
  ): Promise<readonly Server[]> {
    const { nova, mark } = this.#input;
    if (externalId === null || named.some(({ id }) => id === externalId)) return [];
    const server = await nova.find(externalId, signal);
    if (server === undefined || server.status === 'DELETED') return [];
    const { [RESOURCE_MARK]: id = resource.id } = server.metadata;
    const owner = ownerOf(server.metadata, mark);
    // A pool of clients may have members of an earlier life, whose resources were others; without its mark a server was let go.
    const isOurs = mark.isShared
      ? owner === 'us'
      : (owner === 'us' || owner === 'nobody') && id === resource.id;
    if (isOurs) return [server];
    this.#remarks.foreign(server, resource.id);
    return [];
  }

  async #findUnlisted(listed: readonly Server[], signal: AbortSignal): Promise<readonly Server[]> {
    const ids = new Set(listed.map(({ id }) => id));
    const found: Server[] = [];
    for (const [resource, { server: id, until }] of this.#unlisted) {
      if (ids.has(id) || until <= this.#input.clock.now()) {
        this.#unlisted.delete(resource);
        continue;
      }
      const server = await this.#input.nova.find(id, signal);
      if (server === undefined) this.#unlisted.delete(resource);
      else if (this.#isOurs(server)) found.push(server);
    }
    return found;
  }

  /** What it does not manage it does at the next look: the list of servers counts without it. */
  async #sweep(signal: AbortSignal): Promise<void> {
    try {
      this.#remarks.swept(await this.#input.floating.sweep(signal));
    } catch (error) {
      signal.throwIfAborted();
      this.#remarks.notSwept(error as Error);
    }
  }

  #isOurs({ metadata }: Server): boolean {
    return ownerOf(metadata, this.#input.mark) === 'us';
  }

  #until(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#input.closing.signal]);
  }
}
