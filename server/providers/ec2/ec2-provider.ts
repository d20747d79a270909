import type { JsonObject, Listed, Observation } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../timers.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { CreateRequest, DestroyRequest, Members, Provider } from '../contract.ts';
import type { Ec2Calls } from './ec2-calls.ts';
import { NoSuchInstance, TokenMismatch } from './ec2-failure.ts';
import { isStaying, isThere, listedOf, observationOf } from './ec2-instance.ts';
import type { Ec2Instance } from './ec2-instance.ts';
import { Ec2Members } from './ec2-members.ts';
import { FirstSeen } from './first-seen.ts';
import { runInput, tokenOf } from './run-input.ts';
import { POOL_MARK, RESOURCE_TAG } from './tags.ts';
import { readTemplate } from './template.ts';
import type { Ec2Template } from './template.ts';
import { SETTLE_MS_MAX, Unsettled } from './unsettled.ts';

/** How many machines of one resource may have ended, and are still known by their tokens, before it waits. */
const PREDECESSORS_MAX = 50;

export type Ec2ProviderInput = {
  readonly name: string;
  /** What the machines of this provider bear as `elastisys:cloudPool`. */
  readonly mark: string;
  /** Is the mark the name of a pool, which others set too? Then its machines may bear the ids of resources that there are no more. */
  readonly isShared: boolean;
  readonly calls: Ec2Calls;
  readonly clock: Clock;
  readonly logger: Logger;
};

/**
 * See `ec2-driver.ts`. What it remembers is what EC2 has confirmed and may not show yet, for some minutes each: `unsettled.ts`.
 */
export class Ec2Provider implements Provider {
  readonly driver = 'ec2';
  readonly makes = true;
  readonly members: Members;
  readonly #input: Ec2ProviderInput;
  readonly #closing = new AbortController();
  readonly #unsettled: Unsettled;
  /** Resources of which a machine was asked for and no answer came, since the last time: it may exist, and be listed later. */
  readonly #unanswered: FirstSeen;
  /** Resources whose token stood for something else, and of which no machine is listed. */
  readonly #mismatched: FirstSeen;
  /** By resource: what was there when this provider was first asked to create. */
  #found: Map<string, string> | undefined;

  constructor(input: Ec2ProviderInput) {
    const { mark, calls, clock, logger } = input;
    this.#input = input;
    this.#unsettled = new Unsettled(clock);
    this.#unanswered = new FirstSeen(clock);
    this.#mismatched = new FirstSeen(clock);
    const until = (signal: AbortSignal): AbortSignal => this.#until(signal);
    this.members = new Ec2Members({ mark, calls, logger, unsettled: this.#unsettled, until });
  }

  get name(): string {
    return this.#input.name;
  }

  checkTemplate(template: JsonObject | null): readonly { pointer: string; message: string }[] {
    const checked = readTemplate(template);
    return 'faults' in checked ? checked.faults : [];
  }

  /**
   * Makes a machine with all its tags, in one call, and does not wait until it runs; `observe` tells that.
   *
   * The client token is made from the resource's id, so an answer that was lost, and a call that comes late, make no second machine.
   * Tags are looked at too, once, for machines whose tokens EC2 may have forgotten.
   */
  async create(request: CreateRequest, signal: AbortSignal): Promise<Observation> {
    const checked = readTemplate(request.template);
    if ('faults' in checked) {
      const list = checked.faults.map(({ pointer, message }) => `template${pointer}: ${message}`);
      throw new ProviderRefused(list.join(' '));
    }
    const { resource } = request;
    const until = this.#until(signal);
    const machine =
      (await this.#takeUp(resource.id, until)) ?? (await this.#make(resource, checked.template, until));
    this.#unanswered.forget(resource.id);
    this.#mismatched.forget(resource.id);
    return observationOf(machine, resource.id);
  }

  /**
   * Ends everything that bears the mark and the resource's id, and the machine that was known as the resource's, if it bears the mark.
   * One that bears it no more was let go by somebody outside, and is left alone.
   */
  async destroy({ resource, externalId }: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'> {
    const until = this.#until(signal);
    const marked = (await this.#list({ [RESOURCE_TAG]: resource.id }, until)).filter(isThere);
    const other = marked.some(({ id }) => id === externalId)
      ? undefined
      : await this.#findOwn(resource.id, externalId, until);
    const ends = [...marked, ...(other === undefined ? [] : [other])];
    const states = await Promise.all(ends.map((machine) => this.#end(machine, until)));
    // The machine that no answer told of is among what was found.
    if (states.length > 0) this.#unanswered.forget(resource.id);
    if (states.includes('going')) return 'going';
    return this.#unanswered.isRecent(resource.id, SETTLE_MS_MAX) ? 'going' : 'gone';
  }

  async observe(signal: AbortSignal): Promise<readonly Listed[]> {
    const there = (await this.#list({}, this.#until(signal))).filter(isThere);
    const seen = new Set<string>();
    const listed: Listed[] = [];
    // Of two machines of one resource the one that stays counts; they are ended together.
    for (const machine of [...there.filter(isStaying), ...there.filter((one) => !isStaying(one))]) {
      const resource = machine.tags[RESOURCE_TAG];
      if (resource !== undefined && seen.has(resource)) continue;
      if (resource !== undefined) seen.add(resource);
      listed.push(listedOf(machine));
    }
    return listed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ProviderTransient(`Provider ${this.name} is closed.`));
    this.#input.calls.close();
    return Promise.resolve();
  }

  /** What bears the mark and these tags, or will once EC2 has settled. */
  async #list(tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Ec2Instance[]> {
    const wanted = { [POOL_MARK]: this.#input.mark, ...tags };
    const listed = this.#unsettled.settle(await this.#input.calls.list(wanted, signal));
    return listed.filter((one) => Object.entries(wanted).every(([name, value]) => one.tags[name] === value));
  }

  /** What an earlier server, or an earlier attempt, made for the resource, if it is still good. */
  async #takeUp(id: string, signal: AbortSignal): Promise<Ec2Instance | undefined> {
    this.#found ??= await this.#findAll(signal);
    const machineId = this.#unsettled.findWith(RESOURCE_TAG, id)?.id ?? this.#found.get(id);
    if (machineId === undefined) return undefined;
    const machine = await this.#find(machineId, signal);
    this.#found.delete(id);
    return machine !== undefined && isStaying(machine) ? machine : undefined;
  }

  async #findAll(signal: AbortSignal): Promise<Map<string, string>> {
    const staying = (await this.#list({}, signal)).filter(isStaying);
    return new Map(staying.map(({ id, tags }) => [tags[RESOURCE_TAG] ?? '', id]));
  }

  /** A machine as it is, or as it was told when EC2 does not know it yet. */
  async #find(id: string, signal: AbortSignal): Promise<Ec2Instance | undefined> {
    try {
      const found = await this.#input.calls.find(id, signal);
      if (found !== undefined) return this.#unsettled.settle([found]).find((machine) => machine.id === id);
    } catch (error) {
      if (!(error instanceof NoSuchInstance)) throw error;
    }
    return this.#unsettled.find(id);
  }

  async #make(
    resource: CreateRequest['resource'],
    template: Ec2Template,
    signal: AbortSignal,
  ): Promise<Ec2Instance> {
    const { mark } = this.#input;
    // A token leads to the same machine also when that has ended: then the next one is that machine's successor.
    let token = tokenOf(mark, resource.id);
    for (let predecessors = 0; predecessors <= PREDECESSORS_MAX; predecessors += 1) {
      const machine = await this.#run(resource, { template, token }, signal);
      if (isStaying(machine)) {
        this.#unsettled.exists(machine);
        return machine;
      }
      token = tokenOf(mark, resource.id, machine.id);
    }
    throw new ProviderTransient(
      `More than ${PREDECESSORS_MAX} machines of ${resource.name} have ended; EC2 forgets their tokens in a while.`,
    );
  }

  /** One call, and what is to be done when its token stands for a machine that was asked for with another template. */
  async #run(
    resource: CreateRequest['resource'],
    { template, token }: { readonly template: Ec2Template; readonly token: string },
    signal: AbortSignal,
  ): Promise<Ec2Instance> {
    const input = runInput(resource, template, this.#input.mark);
    this.#unanswered.forget(resource.id);
    this.#unanswered.note(resource.id);
    try {
      return await this.#input.calls.run({ ...input, ClientToken: token }, signal);
    } catch (error) {
      const isNo = error instanceof ProviderExhausted || error instanceof ProviderRefused;
      if (isNo) this.#unanswered.forget(resource.id);
      if (!(error instanceof TokenMismatch)) throw error;
      const earlier = await this.#findEarlier(resource, error, signal);
      if (earlier !== undefined) return earlier;
      const fresh = tokenOf(this.#input.mark, resource.id, token, JSON.stringify(input));
      return await this.#input.calls.run({ ...input, ClientToken: fresh }, signal);
    }
  }

  /**
   * The machine that was made with the token. Undefined when it came to nothing: none is listed after EC2 had its time.
   *
   * Errors: `ProviderTransient` while it may still be listed.
   */
  async #findEarlier(
    { id, name }: CreateRequest['resource'],
    mismatch: TokenMismatch,
    signal: AbortSignal,
  ): Promise<Ec2Instance | undefined> {
    const all = await this.#list({ [RESOURCE_TAG]: id }, signal);
    const latest = all.toSorted((a, b) => (b.details.launchedAt ?? 0) - (a.details.launchedAt ?? 0));
    const earlier = latest.find(isStaying) ?? latest[0];
    if (earlier !== undefined) return earlier;
    this.#mismatched.note(id);
    if (!this.#mismatched.isRecent(id, SETTLE_MS_MAX)) return undefined;
    throw new ProviderTransient(
      `A machine of ${name} was asked for with another template, and EC2 does not list it yet; it is looked for again.`,
      { cause: mismatch },
    );
  }

  /** The machine that the resource was known to have, if it is still there and still this provider's. */
  async #findOwn(
    resource: string,
    externalId: string | null,
    signal: AbortSignal,
  ): Promise<Ec2Instance | undefined> {
    const machine = externalId === null ? undefined : await this.#find(externalId, signal);
    if (machine === undefined || !isThere(machine)) return undefined;
    const { [POOL_MARK]: mark, [RESOURCE_TAG]: id = resource } = machine.tags;
    if (mark === this.#input.mark && (this.#input.isShared || id === resource)) return machine;
    this.#input.logger.warn(
      { provider: this.name, resource, machine: externalId },
      'the machine of a resource bears its tags no more: somebody let it go, and it is left alone',
    );
    return undefined;
  }

  async #end(machine: Ec2Instance, signal: AbortSignal): Promise<'gone' | 'going'> {
    const isEnding = machine.details.metadata?.['state'] === 'shutting-down';
    if (isEnding) return 'going';
    try {
      const state = await this.#input.calls.terminate(machine.id, signal);
      this.#unsettled.ended(machine.id);
      return state;
    } catch (error) {
      if (!(error instanceof NoSuchInstance)) throw error;
      // Made a moment ago, and not known yet where this call came to.
      return this.#unsettled.find(machine.id) === undefined ? 'gone' : 'going';
    }
  }

  #until(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }
}
