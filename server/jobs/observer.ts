import type { Listed, Observation } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import type { Provider } from '../providers/contract.ts';
import type { CancelTimer, Clock, Timers } from '../timers.ts';
import type { CallProbe } from './call-probe.ts';
import { describeError, reasonOf } from './failure.ts';
import { callWithLimit } from './time-limit.ts';

/** One complete look at what a provider made for this world. Nothing that was made before `startedAt` is missing in it. */
export type Sweep = {
  readonly provider: string;
  readonly startedAt: number;
  readonly observations: readonly Observation[];
};

/** Times are milliseconds. */
export type ObserverLimits = {
  /** From the end of one sweep to the next; after failures it doubles, up to `everyMaxMs`. */
  readonly everyMs: number;
  readonly everyMaxMs: number;
  /** How long one `observe` may take. */
  readonly observeMs: number;
  /** Changes that come within this time are looked at together. */
  readonly debounceMs: number;
};

export const DEFAULT_OBSERVER_LIMITS: ObserverLimits = {
  everyMs: 2_000,
  everyMaxMs: 60_000,
  observeMs: 15_000,
  debounceMs: 50,
};

export type ObserverInput = {
  readonly providers: Iterable<Provider>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Takes a sweep. The next one of the same provider waits for it; when it rejects, the sweep counts as failed. */
  readonly report: (sweep: Sweep) => Promise<void>;
  /** What differs from `DEFAULT_OBSERVER_LIMITS`. */
  readonly limits?: Partial<ObserverLimits>;
  /** Resolves when the rate of the provider's account lets a look go; every look goes at once where nothing is given. */
  readonly admit?: (provider: string, signal: AbortSignal) => Promise<void>;
  /** Hears of every look. */
  readonly called?: CallProbe;
};

export type SweepStatus = {
  readonly provider: string;
  readonly sweeps: number;
  /** Failures in a row, as of now, and since the start. */
  readonly failures: number;
  readonly failuresTotal: number;
  /** When the last sweep that succeeded started; null before the first. Milliseconds UTC. */
  readonly lastSweepAt: number | null;
  /** How many things the last sweep saw. */
  readonly observed: number;
  readonly lastError: { readonly at: number; readonly message: string } | null;
};

export type Observer = AsyncDisposable & {
  /**
   * Looks at these from now on, and at no others. Those that it looks at already, the same objects, go on as they were; a
   * provider with the name of another one is looked at when the sweep of that one has ended.
   */
  watch(providers: Iterable<Provider>): Promise<void>;
  status(): readonly SweepStatus[];
};

/**
 * Looks at every making provider again and again, and at once when one says that something changed.
 *
 * Sweeps of one provider never overlap. A provider that fails is looked at less and less often, until it answers.
 */
export function startObserver(input: ObserverInput): Observer {
  let watchers = startWatchers(input.providers, input);
  return {
    status: () => [...watchers.values()].map((watcher) => watcher.status()),
    watch: async (providers) => {
      const wanted = new Set(providers);
      const left = [...watchers].filter(([provider]) => !wanted.has(provider));
      await Promise.all(left.map(([, watcher]) => watcher.stop()));
      for (const [provider] of left) watchers.delete(provider);
      const added = [...wanted].filter((provider) => !watchers.has(provider));
      watchers = new Map([...watchers, ...startWatchers(added, input)]);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...watchers.values()].map((watcher) => watcher.stop()));
    },
  };
}

function startWatchers(providers: Iterable<Provider>, input: ObserverInput): Map<Provider, ProviderWatcher> {
  const watchers = new Map<Provider, ProviderWatcher>();
  for (const provider of providers) {
    if (!provider.makes) continue;
    const watcher = new ProviderWatcher(provider, input);
    watchers.set(provider, watcher);
    watcher.start();
  }
  return watchers;
}

class ProviderWatcher {
  readonly #provider: Provider;
  readonly #input: ObserverInput;
  readonly #limits: ObserverLimits;
  readonly #stop = new AbortController();
  #cancelTimer: CancelTimer = () => {};
  /** The sweep under way. */
  #sweeping: Promise<void> | null = null;
  /** Something changed while a sweep was under way, and it may have missed it. */
  #isStale = false;
  #status: Omit<SweepStatus, 'provider'> = {
    sweeps: 0,
    failures: 0,
    failuresTotal: 0,
    lastSweepAt: null,
    observed: 0,
    lastError: null,
  };

  constructor(provider: Provider, input: ObserverInput) {
    this.#provider = provider;
    this.#input = input;
    this.#limits = { ...DEFAULT_OBSERVER_LIMITS, ...input.limits };
  }

  start(): void {
    this.#provider.onChange?.(() => this.#noteChange());
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#stop.abort(new Error('The observer stops.'));
    await this.#sweeping;
  }

  status(): SweepStatus {
    return { provider: this.#provider.name, ...this.#status };
  }

  #noteChange(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    if (this.#sweeping === null) this.#schedule(this.#limits.debounceMs);
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer();
    if (this.#stop.signal.aborted) return;
    this.#cancelTimer = this.#input.timers.set(delayMs, () => {
      this.#sweeping = this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    this.#isStale = false;
    try {
      await this.#look();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#countFailure(error);
    }
    this.#sweeping = null;
    this.#schedule(this.#isStale ? this.#limits.debounceMs : this.#pauseMs());
  }

  async #look(): Promise<void> {
    const { clock, timers, report, admit } = this.#input;
    const provider = this.#provider.name;
    await admit?.(provider, this.#stop.signal);
    const startedAt = clock.now();
    const limits = {
      timers,
      what: `observe call of provider ${provider}`,
      limitMs: this.#limits.observeMs,
      stop: this.#stop.signal,
    };
    const listed = await this.#measure(startedAt, () =>
      callWithLimit(limits, (signal) => this.#provider.observe(signal)),
    );
    if (this.#stop.signal.aborted) return;
    const observations = listed.filter(isTagged);
    await report({ provider, startedAt, observations });
    this.#status = {
      ...this.#status,
      sweeps: this.#status.sweeps + 1,
      failures: 0,
      lastSweepAt: startedAt,
      observed: observations.length,
    };
  }

  async #measure<T>(startedAt: number, look: () => Promise<T>): Promise<T> {
    const { clock, called } = this.#input;
    const tell = (result: string): void => {
      if (this.#stop.signal.aborted) return;
      const durationMs = clock.now() - startedAt;
      called?.({ provider: this.#provider.name, call: 'observe', result, durationMs });
    };
    try {
      const seen = await look();
      tell('seen');
      return seen;
    } catch (error) {
      tell(reasonOf(error));
      throw error;
    }
  }

  #countFailure(error: unknown): void {
    const message = describeError(error, null);
    this.#status = {
      ...this.#status,
      failures: this.#status.failures + 1,
      failuresTotal: this.#status.failuresTotal + 1,
      lastError: { at: this.#input.clock.now(), message },
    };
    this.#input.logger.warn(
      { provider: this.#provider.name, error: message },
      'could not observe a provider',
    );
  }

  #pauseMs(): number {
    const { everyMs, everyMaxMs } = this.#limits;
    return Math.min(everyMaxMs, everyMs * 2 ** Math.min(this.#status.failures, 30));
  }
}

/** What bears no tag of a resource is nobody's here: only pools that are kept in rounds take such things in. */
function isTagged(thing: Listed): thing is Observation {
  return thing.resource !== null;
}
