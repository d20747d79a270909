import type { CliContext } from '../context.ts';

export const WATCHED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/** Somebody wants the command to end before it has begun. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Takes the signals of this process while a lease is held, so that none of them ends it without giving the lease back.
 * The first one aborts what waits; while a command runs, each goes to the command.
 */
export class SignalWatch implements Disposable {
  readonly #abort = new AbortController();
  readonly #stop: () => void;
  #forward: ((signal: NodeJS.Signals) => void) | undefined;

  constructor(context: Pick<CliContext, 'onSignals'>) {
    this.#stop = context.onSignals(WATCHED_SIGNALS, (signal) => {
      if (this.#forward !== undefined) this.#forward(signal);
      else this.#abort.abort(new Interrupted(signal));
    });
  }

  /** Aborts with `Interrupted` when a signal comes while no command runs. */
  get interruption(): AbortSignal {
    return this.#abort.signal;
  }

  /** Sends the signals to come to a command; undefined when it has ended. */
  forwardTo(forward: ((signal: NodeJS.Signals) => void) | undefined): void {
    this.#forward = forward;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
