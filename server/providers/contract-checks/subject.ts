import type { Observation } from '@poolkeeper/core';
import { sleep } from '../../timers.ts';
import type { Clock, Timers } from '../../timers.ts';
import type { Provider } from '../contract.ts';
import { Broken, CallFailed, expectThat } from './broken.ts';
import type { CheckPlace } from './place.ts';
import { aCreateRequest, aDestroyRequest } from './requests.ts';

const DESTROY_TRIES_MAX = 200;
const DESTROY_PAUSE_MS = 50;
/** How long what was made may take until it runs, and between two looks at it. Milliseconds. */
const RUNNING_MS_MAX = 120_000;
const LOOK_AGAIN_MS = 200;

export type SubjectInput = {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Ends the check early. */
  readonly stop: AbortSignal;
};

/** The provider under check, on a place of its own. What a call throws is said as what was seen. */
export class Subject implements AsyncDisposable {
  readonly place: CheckPlace;
  readonly stop: AbortSignal;
  readonly clock: Clock;
  /** Ids of resources to make. */
  readonly ids: readonly [string, string, string];
  readonly #timers: Timers;
  #provider: Provider;

  private constructor(place: CheckPlace, provider: Provider, input: SubjectInput) {
    const prefix = place.idPrefix ?? 'res_';
    this.place = place;
    this.stop = input.stop;
    this.clock = input.clock;
    this.ids = [`${prefix}1`, `${prefix}2`, `${prefix}3`];
    this.#timers = input.timers;
    this.#provider = provider;
  }

  static async open(place: CheckPlace, input: SubjectInput): Promise<Subject> {
    return new Subject(place, await place.open(), input);
  }

  get provider(): Provider {
    return this.#provider;
  }

  /** Opens the provider again, as a server does that starts anew. */
  async reopen(): Promise<void> {
    await this.#provider[Symbol.asyncDispose]();
    this.#provider = await this.place.open();
  }

  create(id: string): Promise<Observation> {
    return this.#said(`create of ${id} failed`, this.start(id, this.stop));
  }

  /** A call of `create` as it is, without words about its failure. */
  start(id: string, signal: AbortSignal, template = this.place.template): Promise<Observation> {
    return this.#provider.create(aCreateRequest(id, template), signal);
  }

  /** Creates, and looks until what was made runs. */
  async createRunning(id: string): Promise<Observation> {
    const made = await this.create(id);
    expectThat(made.resource === id, `create of ${id} answered for another resource, ${made.resource}.`);
    let seen = made;
    const startedAt = this.clock.now();
    while (seen.machine !== 'RUNNING' || seen.liveness === 'BOOTING') {
      const isDead = seen.machine === 'TERMINATED' || seen.machine === 'REJECTED';
      const isLate = this.clock.now() - startedAt > RUNNING_MS_MAX;
      if (isDead || isLate) {
        const late = isLate ? ` for ${RUNNING_MS_MAX / 1_000} s` : '';
        throw new Broken(`${id} was made and never ran: it is ${seen.machine}, ${seen.liveness}${late}.`);
      }
      await sleep(this.#timers, LOOK_AGAIN_MS, this.stop);
      seen = await this.requireObserved(id);
    }
    return seen;
  }

  /** What was made for a resource; what was only attached before it had one is no part of these checks. */
  async observe(): Promise<readonly Observation[]> {
    const listed = await this.#said('observe failed', this.#provider.observe(this.stop));
    return listed.filter((thing): thing is Observation => thing.resource !== null);
  }

  async find(id: string): Promise<Observation | undefined> {
    return (await this.observe()).find(({ resource }) => resource === id);
  }

  async requireObserved(id: string): Promise<Observation> {
    const all = await this.observe();
    const found = all.find(({ resource }) => resource === id);
    if (found !== undefined) return found;
    const listed = all.map(({ resource }) => resource).join(', ');
    throw new Broken(
      `create made ${id}, and observe does not list it. It lists ${listed === '' ? 'nothing' : listed}.`,
    );
  }

  destroy(id: string, externalId: string | null = null, signal = this.stop): Promise<'gone' | 'going'> {
    return this.#said(
      `destroy of ${id} failed`,
      this.#provider.destroy(aDestroyRequest(id, externalId), signal),
    );
  }

  /** Repeats `destroy` until it answers `gone`, as the core does, with a bound. */
  async destroyUntilGone(id: string, externalId: string | null = null): Promise<void> {
    for (let attempt = 0; attempt < DESTROY_TRIES_MAX; attempt += 1) {
      if ((await this.destroy(id, externalId)) === 'gone') return;
      await this.pause(DESTROY_PAUSE_MS);
    }
    throw new Broken(`${id} is still going after ${DESTROY_TRIES_MAX} calls of destroy.`);
  }

  /** Exactly so many things of a resource exist, by whatever the place can tell. */
  async expectCount(id: string, count: number, after: string): Promise<void> {
    const there = await this.#said('it could not be counted what exists', this.place.count(id));
    expectThat(there === count, `${after} there are ${there} things of ${id} and not ${count}.`);
  }

  pause(durationMs: number): Promise<void> {
    return sleep(this.#timers, durationMs, this.stop);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider[Symbol.asyncDispose]();
  }

  async #said<T>(what: string, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (cause) {
      this.stop.throwIfAborted();
      throw new CallFailed(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}
