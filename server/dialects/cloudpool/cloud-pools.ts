import { poolSize, Refusal } from '@poolkeeper/core';
import type { AskMember, Json, JsonObject, MemberAsk, PoolSize, World } from '@poolkeeper/core';
import { configure, storedConfiguration } from './configure.ts';
import { CloudPoolError, errorOf, notConfigured } from './errors.ts';
import {
  findInstance,
  instanceNames,
  poolsToAsk,
  requireFresh,
  requireInstance,
  requireRunning,
} from './instance.ts';
import { alreadyExists, requireName } from './instance-name.ts';
import { JobAnswers } from './job-answers.ts';
import { machineErrorOf, requireDone, requireReachable } from './machine-errors.ts';
import type { CloudPoolsParts } from './parts.ts';
import { untilAskedFor, untilRoundEnded } from './resize-and-wait.ts';
import { Turns } from './turns.ts';
import { seeMachines } from './views/machine-pool.ts';
import type { MachinesSeen } from './views/machine-pool.ts';
import { nativeConfiguration } from './views/native-configuration.ts';

/** How long a start waits for its first list, with all the attempts at it, in milliseconds. What takes longer is started all the same. */
const FIRST_LOOK_WAIT_MS = 120_000;
/** How long a client waits for what it asked of one machine, in milliseconds. */
const ANSWER_WAIT_MS = 60_000;
/** How long a removal waits for what is under way, in milliseconds; it goes on by itself after that. */
const REMOVAL_WAIT_MS = 30_000;

export type PoolStatus = { readonly started: boolean; readonly configured: boolean };
export type SizeSeen = PoolSize & { readonly fetchedAt: number };

/**
 * The cloud pools of this server, as clients of the protocol know them: those that their configurations made, and native ones, which
 * are always configured and started. Every method asks the keeper; nothing is remembered here.
 *
 * Errors: a `CloudPoolError`.
 */
export class CloudPools implements Disposable {
  readonly #parts: CloudPoolsParts;
  readonly #answers: JobAnswers;
  readonly #turns = new Turns();
  readonly #stop = new AbortController();

  constructor(parts: CloudPoolsParts) {
    this.#parts = parts;
    this.#answers = new JobAnswers(parts);
  }

  /** Names, sorted. */
  list(): Promise<readonly string[]> {
    return this.#read(instanceNames);
  }

  /** Makes an instance that is neither configured nor started. Errors: `invalid`, for a name that is taken or none. */
  async create(name: string): Promise<void> {
    requireName(name);
    const isTaken = await this.#read((world) => findInstance(world, name) !== undefined);
    if (isTaken) throw alreadyExists(name);
    try {
      await this.#parts.keeper.ask({ type: 'createUpkeep', name });
    } catch (error) {
      const isTakenElsewhere = error instanceof Refusal && error.code === 'upkeep_exists';
      throw isTakenElsewhere ? alreadyExists(`${name}. ${error.message}`, error) : errorOf(error);
    }
  }

  /** Makes the instance where there is none: a pool that is served by itself is always there. */
  async ensure(name: string): Promise<void> {
    if (!(await this.#read((world) => findInstance(world, name) === undefined))) return;
    await this.#turns.take(name, async () => {
      if (await this.#read((world) => findInstance(world, name) === undefined)) await this.create(name);
    });
  }

  /**
   * Stops an instance and forgets it, once what is under way has ended. Its machines live on.
   *
   * Errors: `unknown_instance`; `invalid` for a native pool.
   */
  async remove(name: string): Promise<void> {
    const { kind } = await this.#read((world) => requireInstance(world, name));
    if (kind === 'native') {
      throw new CloudPoolError(
        'invalid',
        `pool "${name}" was made natively; "poolkeeper pool remove ${name}" removes it, with its machines`,
      );
    }
    await this.#ask(() => this.#parts.keeper.ask({ type: 'removeUpkeep', name }));
    await this.#until(name, (world) => !world.upkeeps.has(name) || undefined, REMOVAL_WAIT_MS);
  }

  async status(name: string): Promise<PoolStatus> {
    const instance = await this.#read((world) => requireInstance(world, name));
    if (instance.kind === 'native') return { started: true, configured: true };
    const { status, pool } = instance.upkeep;
    return { started: status === 'started', configured: pool !== null };
  }

  /** The configuration as it was taken; of a native pool what says the same of it. Errors: `no_configuration`. */
  async configuration(name: string): Promise<JsonObject> {
    const native = await this.#read((world) => {
      const instance = requireInstance(world, name);
      return instance.kind === 'native' ? nativeConfiguration(world, instance.state.pool) : undefined;
    });
    const configuration = native ?? (await storedConfiguration(this.#parts, name));
    if (configuration !== undefined) return configuration;
    throw new CloudPoolError('no_configuration', 'no cloud pool configuration has been set');
  }

  /** Replaces the configuration, or changes nothing. What is started goes on with it, and answers after its first list. */
  async configure(name: string, body: Json): Promise<void> {
    await this.#turns.take(name, async () => {
      const { status, lookNumber } = await this.#ask(() => configure(this.#parts, name, body));
      if (status === 'started') await this.#untilLooked(name, lookNumber);
    });
  }

  /** Starts what is configured, and answers after its first list was tried for. Errors: `not_configured`. */
  async start(name: string): Promise<void> {
    const instance = await this.#read((world) => requireInstance(world, name));
    if (instance.kind === 'native') return;
    if (instance.upkeep.pool === null) throw notConfigured();
    const { lookNumber } = await this.#ask(() => this.#parts.keeper.ask({ type: 'startUpkeep', name }));
    await this.#untilLooked(name, lookNumber);
  }

  /** Errors: `invalid` for a native pool. */
  async stop(name: string): Promise<void> {
    const { kind } = await this.#read((world) => requireInstance(world, name));
    if (kind === 'native') {
      throw new CloudPoolError(
        'invalid',
        `pool "${name}" was made natively and cannot be stopped here; "poolkeeper pool set ${name} --size N" says what it keeps`,
      );
    }
    await this.#ask(() => this.#parts.keeper.ask({ type: 'stopUpkeep', name }));
  }

  /** Errors: `not_started`; `cloud` when the list is too old. */
  machines(name: string): Promise<MachinesSeen> {
    const { driver, keeper } = this.#parts;
    return this.#read((world) => {
      const running = requireRunning(world, name);
      return seeMachines(world, running.state, { fetchedAt: requireFresh(running, keeper.now()), driver });
    });
  }

  /** Errors: as `machines`. */
  size(name: string): Promise<SizeSeen> {
    return this.#read((world) => {
      const running = requireRunning(world, name);
      const fetchedAt = requireFresh(running, this.#parts.keeper.now());
      return { ...poolSize(world, running.state.pool.name), fetchedAt };
    });
  }

  /** Errors: `not_started`, `invalid`. */
  async setSize(name: string, desired: number): Promise<{ readonly round: number | null }> {
    if (desired < 0) throw new CloudPoolError('invalid', 'negative desired pool size');
    const pool = await this.#read((world) => requireRunning(world, name).state.pool.name);
    return this.#ask(() => this.#parts.keeper.ask({ type: 'setSize', pool, desired }));
  }

  /** Sets the size, and answers when the cloud took what that asks of it. Errors: `cloud` when it does not, or not in time. */
  async resizeAndWait(name: string, desired: number, waitMs: number): Promise<void> {
    const { round } = await this.setSize(name, desired);
    const wait = { waitMs, signal: this.#stop.signal };
    await this.#ask(() =>
      round === null
        ? untilAskedFor(this.#parts, name, wait)
        : untilRoundEnded(this.#parts, { name, round }, wait),
    );
  }

  /** Asks something of one machine, and waits for the cloud's answer. Errors: `not_started`, `unknown_machine`, `cloud`. */
  async askMember(name: string, machine: string, ask: MemberAsk): Promise<void> {
    const pools = await this.#read((world) => {
      const running = requireRunning(world, name);
      if (ask.do !== 'mark') requireReachable(running, this.#parts.keeper.now());
      return poolsToAsk(world, running.state, machine);
    });
    for (const [index, pool] of pools.entries()) {
      try {
        return await this.#askPool({ type: 'askMember', pool, machine, ask });
      } catch (error) {
        const isUnknown = error instanceof CloudPoolError && error.fault === 'unknown_machine';
        if (!isUnknown || index === pools.length - 1) throw error;
      }
    }
  }

  async #askPool(command: AskMember): Promise<void> {
    const { machine } = command;
    try {
      requireDone(await this.#answers.ask(command, ANSWER_WAIT_MS), machine);
    } catch (error) {
      throw machineErrorOf(error, machine);
    }
  }

  /** Lets go of those who wait. */
  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#answers[Symbol.dispose]();
  }

  /** Until the look of that number is over, with all its attempts, or nobody waits for it any more. */
  #untilLooked(name: string, number: number): Promise<true | undefined> {
    return this.#until(
      name,
      (world) => {
        const upkeep = world.upkeeps.get(name);
        return upkeep?.status !== 'started' || upkeep.look?.number !== number || undefined;
      },
      FIRST_LOOK_WAIT_MS,
    );
  }

  #until<T>(name: string, look: (world: World) => T | undefined, waitMs: number): Promise<T | undefined> {
    const { keeper } = this.#parts;
    return keeper.until({ kind: 'upkeep', id: name }, look, { waitMs, signal: this.#stop.signal });
  }

  #read<T>(look: (world: World) => T): Promise<T> {
    return this.#ask(() => this.#parts.keeper.read(look));
  }

  /** What the core refuses is an error of the protocol from here on. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw errorOf(error);
    }
  }
}
