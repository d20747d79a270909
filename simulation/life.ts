import { decide, Refusal } from '@poolkeeper/core';
import type { World, WorldEvent, WorldMeta } from '@poolkeeper/core';
import type { TenureStart } from '../server/cluster/contract.ts';
import { createIdSource } from '../server/id-source.ts';
import { createJobRunner } from '../server/jobs/job-runner.ts';
import type { LocalJobRunner } from '../server/jobs/job-runner.ts';
import type { JobRunner } from '../server/jobs/contract.ts';
import { startObserver } from '../server/jobs/observer.ts';
import type { Observer } from '../server/jobs/observer.ts';
import type { KeeperStatus } from '../server/keeper/contract.ts';
import { WorldKeeper } from '../server/keeper/keeper.ts';
import type { Logger } from '../server/logger.ts';
import type { StepCall } from '../server/steps/contract.ts';
import { StaleTerm, StoreFailure } from '../server/store/contract.ts';
import { createStepCredentials } from '../server/credentials.ts';
import { createProviderStep } from '../server/steps/provider/provider-step.ts';
import { createSteadyClock } from '../server/steady-clock.ts';
import type { Store } from '../server/store/contract.ts';
import type { Clock, Timers } from '../server/timers.ts';
import type { VirtualTime } from '../server/virtual-time.ts';
import type { Chance } from './chance.ts';
import type { Outside } from './outside.ts';
import type { Bank } from './accounts/bank.ts';
import { accountPool } from './accounts/draw-accounts.ts';
import { PLAIN_CREDENTIALS } from './accounts/plain-credentials.ts';
import type { BankCalls } from './accounts/sim-accounts.ts';
import { watchStages } from './checks/stage-rules.ts';
import type { Plant } from './plant.ts';
import type { Report } from './report.ts';
import { MortalTimers } from './sim-clock.ts';
import { SimProvider } from './sim-provider.ts';
import type { Mood } from './sim-call.ts';
import { SimSteps } from './sim-steps.ts';
import type { Site } from './site.ts';
import { PLAIN_SEAL } from '../core/testing/plain-seal.ts';

/** The process that was asked is gone, or was never there: whether it did what it was asked is not known. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Places outside by the name of their provider; `hand` makes nothing. */
export type Places = ReadonlyMap<string, Place>;
export type Place = {
  readonly makes: boolean;
  /** Do its things end with the server's process, as local processes do? */
  readonly endsWithServer: boolean;
  readonly outside: Outside;
  mood: Mood;
};

export type LifeInput = {
  readonly number: number;
  /** What it reaches of the disk. `loaded`: told what the keeper loaded. */
  readonly openDisk: (parts: DiskParts) => LifeDisk;
  readonly time: VirtualTime;
  /** The timers of its process. */
  readonly timers: Timers;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly places: Places;
  readonly site: Site;
  readonly bank: Bank;
  /** Hears of each attempt at a step before it does anything. */
  readonly begun: (call: StepCall) => void;
  readonly report: Report;
  readonly plant: Plant | undefined;
  /** Told of what a client knows now: every event up to this one. */
  readonly acknowledged: (seq: number) => void;
  /** Told before each decision. */
  readonly decides?: (command: string) => void;
  /** An outcome that the runner reports, for somebody who will report it again. */
  readonly outcome: (
    jobId: string,
    outcome: Parameters<Parameters<typeof createJobRunner>[0]['report']>[1],
  ) => void;
};

/** What a process sees the disk through, and how much of what it sent is still under way. */
export type LifeDisk = {
  readonly store: Store;
  readonly underWay: () => number;
  /** The process is dead. */
  readonly kill: () => Promise<void>;
};
export type DiskParts = {
  readonly timers: Timers;
  readonly chance: Chance;
  /** Told of each load before the keeper has it. */
  readonly loaded: (meta: WorldMeta) => void;
};

type OpenCall = {
  readonly since: number;
  readonly what: string;
  readonly isPatient: boolean;
  readonly lose: () => void;
};

/** Limits of jobs that fit a simulation in which a minute is long. */
const JOB_LIMITS = {
  concurrency: 3,
  createMs: 20_000,
  destroyMs: 10_000,
  breaker: { failuresMax: 4, openMinMs: 1_000, openMaxMs: 8_000 },
  filling: { minMs: 1_000, maxMs: 8_000 },
};
const OBSERVER_LIMITS = { everyMs: 4_000, everyMaxMs: 16_000, observeMs: 8_000 };

/** One process: a keeper with its store, runner, providers and observer, from its start to its crash or stop. */
export class Life {
  readonly number: number;
  readonly #input: LifeInput;
  readonly #timers: MortalTimers;
  readonly #clock: Clock;
  readonly #calls = new Set<OpenCall>();
  readonly #disk: LifeDisk;
  readonly keeper: WorldKeeper;
  readonly providers: ReadonlyMap<string, SimProvider>;
  readonly #steps: SimSteps;
  readonly #runner: JobRunner;
  /** Lets looks go at the rate that jobs and looks share. */
  readonly #admitLook: LocalJobRunner['admitLook'];
  #observer: Observer | undefined;
  isDead = false;
  /** How often the world in memory may have changed. */
  changes = 0;
  /** The term that it decides under, where several processes share the world. */
  term = 0;
  /** The number of the event that a subscriber of this keeper expects next; unknown until the first load. */
  nextPublished: number | undefined;

  constructor(input: LifeInput) {
    const { time, chance, plant } = input;
    this.number = input.number;
    this.#input = input;
    this.#timers = new MortalTimers(input.timers);
    const timers = this.#timers;
    this.#clock = createSteadyClock(input.clock, time);
    const clock = this.#clock;
    this.#disk = input.openDisk({
      timers,
      chance: chance.fork('store'),
      loaded: (meta) => {
        this.changes += 1;
        this.nextPublished ??= meta.eventSeq + 1;
      },
    });
    const { store } = this.#disk;
    this.providers = this.#createProviders();
    const logger = this.#logger();
    const random = chance.fork('random');
    const bytes = chance.fork('bytes');
    const keeperStore = plant?.store?.(store, chance.fork('plant store')) ?? store;
    this.keeper = new WorldKeeper({
      store: keeperStore,
      clock,
      timers,
      random: () => random.next(),
      ...PLAIN_SEAL,
      newId: createIdSource(clock, (size) => Uint8Array.from({ length: size }, () => bytes.int(0, 255))),
      defer: (callback) => void timers.set(0, callback),
      logger,
      decide: this.#counting(
        watchStages(plant?.decide?.(decide, chance.fork('plant')) ?? decide, input.report),
      ),
    });
    this.#steps = new SimSteps({ site: input.site, time, chance: chance.fork('steps'), begun: input.begun });
    const plantSteps = plant?.steps;
    const plantChance = chance.fork('plant steps');
    const ofProviders = createProviderStep({
      providers: this.providers,
      credentials: createStepCredentials({ keeper: () => this.keeper, seal: PLAIN_CREDENTIALS, clock }),
      // The bank knows its accounts by their names.
      paramsOf: () => Promise.resolve({}),
    });
    const runner = createJobRunner({
      providers: this.providers,
      clock,
      timers,
      random: () => random.next(),
      logger,
      limits: JOB_LIMITS,
      steps: {
        executors: this.#steps.executors((real) => plantSteps?.(real, plantChance) ?? real, ofProviders),
        // No step of the simulation names a secret, and nobody reads what one puts out.
        openInput: ({ with: step }) => ({ input: step, secretValues: [] }),
        logs: { open: () => ({ write: () => {}, close: () => Promise.resolve() }) },
      },
      report: async (job, outcome) => {
        input.outcome(job, outcome);
        await this.call('finishJob', (keeper) => keeper.ask({ type: 'finishJob', job, outcome }));
      },
      reportLook: (seen) =>
        this.call('finishLook', async (keeper) => void (await keeper.ask({ type: 'finishLook', ...seen }))),
    });
    this.#admitLook = (provider, signal) => runner.admitLook(provider, signal);
    this.#runner = plant?.runner?.(runner, chance.fork('plant runner')) ?? runner;
  }

  /**
   * Begins to work: on what is on the disk, or on the world of a replica whose term has begun.
   *
   * Errors: those of the store; the life is of no use then.
   */
  async start(kept?: TenureStart): Promise<void> {
    this.keeper.subscribe((events) => this.#publish(events));
    if (kept !== undefined) this.nextPublished = kept.world.meta.eventSeq + 1;
    await this.keeper.start(this.#runner, kept);
    if (this.isDead) return;
    for (const [provider, { endsWithServer }] of this.#input.places) {
      if (endsWithServer)
        await this.call('resume', (keeper) => keeper.ask({ type: 'resumeResources', provider }));
    }
    this.#observer = startObserver({
      providers: this.providers.values(),
      clock: this.#clock,
      timers: this.#timers,
      logger: this.#logger(),
      limits: OBSERVER_LIMITS,
      admit: this.#admitLook,
      report: async (sweep) => {
        await this.call('observe', (keeper) => keeper.ask({ type: 'observe', ...sweep }));
      },
    });
  }

  status(): KeeperStatus {
    return this.keeper.status();
  }

  /** The keeper's memory as it is, durable or not; undefined while it is loading. */
  world(): World | undefined {
    let seen: World | undefined;
    this.keeper.read((world) => (seen = world)).catch(() => {});
    return seen;
  }

  /** Is nothing on its way: no request, no commit, no load? */
  isAtRest(): boolean {
    if (this.#disk.underWay() > 0 || this.status().state !== 'running') return false;
    for (const call of this.#calls) if (!call.isPatient) return false;
    return true;
  }

  /** A request that has been open for longer than `limitMs`. */
  findOverdue(limitMs: number): { readonly what: string; readonly since: number } | undefined {
    for (const call of this.#calls) if (this.#input.time.now() - call.since > limitMs) return call;
    return undefined;
  }

  /**
   * Asks the keeper as somebody on the network does: the answer gets lost when the process dies. `isPatient`: a long poll.
   */
  call<T>(what: string, ask: (keeper: WorldKeeper) => Promise<T>, isPatient = false): Promise<T> {
    if (this.isDead) return Promise.reject(new ConnectionLost(`${what}: nobody listens`));
    return new Promise<T>((resolve, reject) => {
      const call: OpenCall = {
        since: this.#input.time.now(),
        what,
        isPatient,
        lose: () => reject(new ConnectionLost(`${what}: the process died`)),
      };
      this.#calls.add(call);
      ask(this.keeper).then(
        (value) => {
          if (!this.#calls.delete(call)) return;
          this.#input.acknowledged((this.nextPublished ?? 1) - 1);
          resolve(value);
        },
        (error: Error) => {
          if (!this.#calls.delete(call)) return;
          this.#judge(what, error);
          reject(error);
        },
      );
    });
  }

  /** Takes nothing new, answers what is under way, and is done when all of it is durable. */
  async drain(): Promise<void> {
    await this.#observer?.[Symbol.asyncDispose]();
    await this.#runner[Symbol.asyncDispose]();
    await this.keeper[Symbol.asyncDispose]();
  }

  /** Stops as the server does on SIGTERM. */
  async stop(): Promise<void> {
    await this.drain();
    await this.#disk.store[Symbol.asyncDispose]();
    await this.kill();
  }

  /** Cuts the process off from everything outside, which goes on without it. */
  isolate(): void {
    for (const provider of this.providers.values()) provider.cut();
    this.#steps.cut();
  }

  /** Ends the process between two instructions. */
  async kill(): Promise<void> {
    if (this.isDead) return;
    this.isDead = true;
    this.#timers.kill();
    this.isolate();
    for (const call of this.#calls) call.lose();
    this.#calls.clear();
    await this.#disk.kill();
  }

  #publish(events: readonly WorldEvent[]): void {
    for (const event of events) {
      if (this.nextPublished !== undefined && event.seq !== this.nextPublished) {
        this.#input.report(
          'feed-is-complete',
          `life ${this.number} publishes event ${event.seq}, ${this.nextPublished} comes next`,
        );
      }
      this.nextPublished = event.seq + 1;
    }
  }

  #counting(real: typeof decide): typeof decide {
    return (world, command, context) => {
      this.#input.decides?.(command.type);
      const decision = real(world, command, context);
      if (decision.changes.length > 0) this.changes += 1;
      return decision;
    };
  }

  #createProviders(): ReadonlyMap<string, SimProvider> {
    const { places, time, chance, bank, plant } = this.#input;
    return new Map(
      [...places].map(([name, place]) => {
        const { makes, outside } = place;
        const mood = (): Mood => place.mood;
        const own = chance.fork(name);
        const wrap = (real: BankCalls): BankCalls => plant?.bank?.(real, own.fork('plant')) ?? real;
        const accounts = name === accountPool.provider ? { bank: { at: bank, wrap } } : {};
        return [name, new SimProvider({ name, makes, outside, time, chance: own, mood, ...accounts })];
      }),
    );
  }

  /** Only refusals and what was injected may come out of a keeper. */
  #judge(what: string, error: Error): void {
    if (isExpected(error)) return;
    this.#input.report('no-defect', `${what}: ${error.stack ?? error.message}`);
  }

  #logger(): Logger {
    const listen = (fields: object | string): void => {
      const error = typeof fields === 'object' && 'err' in fields ? fields.err : undefined;
      if (error instanceof Error && !this.isDead) this.#judge('log', error);
    };
    return { debug: () => {}, info: () => {}, warn: listen, error: listen };
  }
}

export function isExpected(error: Error): boolean {
  if (error instanceof Refusal) return error.code !== 'internal';
  return error instanceof StoreFailure || error instanceof StaleTerm || error instanceof ConnectionLost;
}
