import type { JsonObject, Listed, Observation } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { CreateRequest, DestroyRequest, Members, Provider } from '../contract.ts';
import type { CloudClient } from './cloud-client.ts';
import { isThere, observationOf } from './cloud-machine.ts';
import type { CloudMachine } from './cloud-machine.ts';
import { SimulatedMembers } from './simulated-members.ts';
import { markOf, POOL_TAG, RESOURCE_TAG, tagsOf } from './tags.ts';
import type { Mark, Tags } from './tags.ts';
import { readTemplate } from './template.ts';
import type { SimulatedTemplate } from './template.ts';

/** How many machines of one resource may have ended, and are still listed, before it waits for the cloud to forget some. */
const PREDECESSORS_MAX = 50;

export type SimulatedProviderInput = {
  readonly name: string;
  /** The name of this provider and data directory for all time. */
  readonly world: string;
  /** The cloud pool whose machines these are, whatever server keeps it; null: those of this provider and data directory. */
  readonly cloudPool: string | null;
  readonly client: CloudClient;
  readonly logger: Logger;
};

/** See `simulated-driver.ts`. It keeps nothing that the cloud does not know. */
export class SimulatedProvider implements Provider {
  readonly driver = 'simulated';
  readonly makes = true;
  readonly #input: SimulatedProviderInput;
  readonly #closing = new AbortController();
  /** By resource: what was there when this provider was first asked to create. */
  #found: Map<string, string> | undefined;

  readonly #mark: Mark;
  readonly members: Members;

  constructor(input: SimulatedProviderInput) {
    this.#input = input;
    this.#mark = markOf(input);
    this.members = new SimulatedMembers({
      mark: this.#mark,
      takesOver: input.cloudPool !== null,
      client: input.client,
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
   * Makes a machine with all its tags, and does not wait until it runs; `observe` tells that.
   *
   * The client token is made from the resource's id, so an answer that was lost, and a call that comes late, make no second
   * machine. Tags are looked at too, once, for machines whose tokens the cloud may have forgotten.
   */
  async create(request: CreateRequest, signal: AbortSignal): Promise<Observation> {
    const { id } = request.resource;
    const checked = readTemplate(request.template);
    if ('faults' in checked) {
      const list = checked.faults.map(({ pointer, message }) => `template${pointer}: ${message}`);
      throw new ProviderRefused(list.join(' '));
    }
    const until = this.#until(signal);
    const machine =
      (await this.#takeUp(id, until)) ?? (await this.#make(request.resource, checked.template, until));
    return observationOf(machine, id);
  }

  /**
   * Ends everything that bears the resource's mark, and what was known as its machine should it have lost it; in a cloud pool not
   * that: what bears its mark no more was let go.
   */
  async destroy(request: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'> {
    const { client } = this.#input;
    const { id } = request.resource;
    const until = this.#until(signal);
    const marked = await client.list({ ...this.#ours, [RESOURCE_TAG]: id }, until);
    const unmarked = await this.#findUnmarked(request, marked, until);
    const ends = [...marked, ...unmarked].filter(isThere).map((machine) => client.end(machine.id, until));
    return (await Promise.all(ends)).some(isThere) ? 'going' : 'gone';
  }

  async observe(signal: AbortSignal): Promise<readonly Listed[]> {
    const machines = await this.#input.client.list(this.#ours, this.#until(signal));
    const there = machines.filter(isThere);
    const observations = new Map<string, Listed>();
    // Of two machines of one resource the one that stays counts, then the older one; they are ended together.
    for (const machine of [...there.filter(isStaying), ...there]) {
      const resource = machine.tags[RESOURCE_TAG] ?? null;
      const key = resource === null ? `machine ${machine.id}` : `resource ${resource}`;
      if (!observations.has(key))
        observations.set(key, observationOf(machine, resource, machine.tags[POOL_TAG]));
    }
    return [...observations.values()];
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ProviderTransient(`Provider ${this.name} is closed.`));
    return Promise.resolve();
  }

  /** What an earlier server made for the resource, if it is still good. */
  async #takeUp(id: string, signal: AbortSignal): Promise<CloudMachine | undefined> {
    this.#found ??= await this.#findAll(signal);
    const machineId = this.#found.get(id);
    if (machineId === undefined) return undefined;
    const machine = await this.#input.client.find(machineId, signal);
    this.#found.delete(id);
    return machine !== undefined && isStaying(machine) ? machine : undefined;
  }

  async #findAll(signal: AbortSignal): Promise<Map<string, string>> {
    const machines = await this.#input.client.list(this.#ours, signal);
    // Of two machines of one resource the older one counts.
    const staying = machines.filter(isStaying).toReversed();
    return new Map(staying.map(({ id, tags }) => [tags[RESOURCE_TAG] ?? '', id]));
  }

  async #make(
    resource: CreateRequest['resource'],
    template: SimulatedTemplate,
    signal: AbortSignal,
  ): Promise<CloudMachine> {
    const { client, world } = this.#input;
    const tags: Tags = { ...template.tags, ...tagsOf(this.#mark, resource) };
    // A token leads to the same machine also when that has ended: then the next one is that machine's successor.
    let clientToken = `${world}/${resource.id}`;
    for (let predecessors = 0; predecessors <= PREDECESSORS_MAX; predecessors += 1) {
      const machine = await client.create({ ...template, tags, clientToken }, signal);
      if (isStaying(machine)) return machine;
      clientToken = `${world}/${resource.id}/${machine.id}`;
    }
    throw new ProviderTransient(
      `The cloud still lists more than ${PREDECESSORS_MAX} ended machines of ${resource.name}; it forgets them in a while.`,
    );
  }

  /** The machine of a resource whose tags somebody took away. One that bears another's is not ours. */
  async #findUnmarked(
    { resource, externalId }: DestroyRequest,
    marked: readonly CloudMachine[],
    signal: AbortSignal,
  ): Promise<CloudMachine[]> {
    if (externalId === null || marked.some((machine) => machine.id === externalId)) return [];
    const machine = await this.#input.client.find(externalId, signal);
    if (!isThere(machine)) return [];
    if (this.#isOf(machine, resource.id)) return [machine];
    this.#input.logger.warn(
      { provider: this.name, resource: resource.id, machine: externalId },
      'the machine of a resource bears its mark no more, and is left alone',
    );
    return [];
  }

  /** The tag that all of its machines bear. */
  get #ours(): Tags {
    return { [this.#mark.tag]: this.#mark.text };
  }

  /** A cloud pool also has machines that were made for a resource of an earlier server, or for none. */
  #isOf({ tags }: CloudMachine, resource: string): boolean {
    const { tag, text } = this.#mark;
    if (this.#input.cloudPool !== null) return tags[tag] === text;
    return (tags[tag] ?? text) === text && (tags[RESOURCE_TAG] ?? resource) === resource;
  }

  #until(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }
}

/** Is it there, and nobody has asked for its end? */
function isStaying(machine: CloudMachine): boolean {
  return isThere(machine) && machine.state !== 'TERMINATING';
}
