import { Refusal } from '@poolkeeper/core';
import type { World } from '@poolkeeper/core';
import { startObserver } from './jobs/observer.ts';
import type { Observer, Sweep, SweepStatus } from './jobs/observer.ts';
import type { CallProbe } from './jobs/call-probe.ts';
import type { LocalJobRunner } from './jobs/job-runner.ts';
import type { WorldKeeper } from './keeper/keeper.ts';
import type { Logger } from './logger.ts';
import type { ProviderChange, ProviderSet } from './provider-set.ts';
import { readLimits } from './schemas/provider-limits.ts';
import type { LimitsEntry } from './schemas/provider-limits.ts';
import { sleep } from './timers.ts';
import type { Clock, Timers } from './timers.ts';

/** Between two tries to have what ended with the server started again, in milliseconds. */
const RESUME_PAUSE_MS = 500;
/** Leaks that one line of the log names. */
const LEAKS_LOGGED_MAX = 20;

export type ProviderFollowerInput = {
  /** The follower is made before the keeper, which tells it of each load. */
  readonly keeper: () => Pick<WorldKeeper, 'ask' | 'read' | 'subscribe'>;
  readonly providers: ProviderSet;
  readonly runner: Pick<LocalJobRunner, 'setLimits' | 'admitLook'>;
  /** Hears of every look. */
  readonly called: CallProbe;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
};

/** Follows the providers of the world: opens, changes and closes them, also when their secrets change, and looks at what they made. */
export class ProviderFollower implements AsyncDisposable {
  readonly #input: ProviderFollowerInput;
  readonly #started = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  /** One change after another, and none before the keeper takes commands. */
  #turn: Promise<void> = this.#started.promise;
  #unsubscribe: () => void = () => {};
  readonly #observer: Observer;
  /** Providers of pools that are kept in rounds: their looks are part of those. */
  #keptInRounds: ReadonlySet<string> = new Set();

  constructor(input: ProviderFollowerInput) {
    this.#input = input;
    this.#observer = startObserver({
      providers: [],
      clock: input.clock,
      timers: input.timers,
      logger: input.logger,
      report: (sweep) => this.#report(sweep),
      admit: (provider, signal) => input.runner.admitLook(provider, signal),
      called: input.called,
    });
  }

  /** The keeper takes commands. Resolves when everything that the world remembers from before is taken up. */
  async start(): Promise<void> {
    this.#started.resolve();
    await this.#turn;
    // Templates are checked by what is open.
    await this.#input.providers.tryOpen();
  }

  status(): readonly SweepStatus[] {
    return this.#observer.status();
  }

  /** Hears of changes. Jobs are handed out after events are published, so they find the providers that they need. */
  subscribe(): void {
    this.#unsubscribe = this.#input.keeper().subscribe((events) => {
      if (events.some(({ type }) => type.startsWith('provider.') || type.startsWith('secret.')))
        this.follow();
    });
  }

  /** Brings providers in line with the world as it is in memory, before anything else happens. */
  follow(): void {
    let changes: readonly ProviderChange[] = [];
    const look = (world: World): void => {
      const versionOfSecret = (name: string): number => world.secrets.get(name)?.version ?? 0;
      changes = this.#input.providers.follow(world.providers.values(), versionOfSecret);
      this.#keptInRounds = new Set(
        [...world.upkeepOfPool.keys()].flatMap((pool) => world.pools.get(pool)?.pool.provider ?? []),
      );
      for (const { name, options } of world.providers.values()) {
        this.#input.runner.setLimits(name, readLimits(options['limits'] as LimitsEntry | undefined));
      }
    };
    // A commit that fails has the world loaded again, and then it is followed anew.
    this.#input
      .keeper()
      .read(look)
      .catch(() => {});
    if (changes.length === 0) return;
    this.#turn = this.#turn
      .then(() => this.#takeUp(changes))
      .catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#input.logger.error({ err: error }, 'providers could not be taken up');
      });
  }

  async #takeUp(changes: readonly ProviderChange[]): Promise<void> {
    this.#stop.signal.throwIfAborted();
    for (const { name, isToResume } of changes) if (isToResume) await this.#resume(name);
    const open = [...this.#input.providers.providers.values()];
    await this.#observer.watch(open.filter(({ name }) => !this.#keptInRounds.has(name)));
  }

  /** Asks until the store takes it. */
  async #resume(provider: string): Promise<void> {
    for (;;) {
      try {
        return void (await this.#input.keeper().ask({ type: 'resumeResources', provider }));
      } catch (error) {
        if (!(error instanceof Refusal) || error.kind !== 'unavailable') throw error;
        await sleep(this.#input.timers, RESUME_PAUSE_MS, this.#stop.signal);
      }
    }
  }

  async #report(sweep: Sweep): Promise<void> {
    const { leaked } = await this.#input.keeper().ask({ type: 'observe', ...sweep });
    if (leaked.length === 0) return;
    this.#input.logger.warn(
      { provider: sweep.provider, things: leaked.slice(0, LEAKS_LOGGED_MAX), count: leaked.length },
      'the provider has things that belong to no resource: poolkeeper ledger --leaks lists them',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#stop.abort(new Error('The server stops.'));
    this.#started.resolve();
    await this.#turn;
    await this.#observer[Symbol.asyncDispose]();
  }
}
