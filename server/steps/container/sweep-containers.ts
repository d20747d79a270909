import type { Timers } from '../../timers.ts';
import { KEY_LABEL, SERVER_LABEL } from './container-spec.ts';
import { Engine } from './engine.ts';
import type { EngineAddress } from './engine-address.ts';
import { removeContainer } from './remove-container.ts';

/** Containers that one sweep removes. */
const REMOVALS_MAX = 100;

/**
 * Removes what steps left on an engine: containers of this server that no work is wanted of any more.
 *
 * `isWanted`: is a step with this idempotency key still to be done?
 * Errors: `EngineLost`; that one could not be removed. What is over the bound is left for the next sweep.
 */
export async function sweepContainers(
  input: {
    readonly engine: EngineAddress;
    readonly server: string;
    readonly timers: Timers;
    readonly isWanted: (key: string) => boolean;
  },
  signal: AbortSignal,
): Promise<{ readonly checked: number; readonly removed: number }> {
  const { server, timers, isWanted } = input;
  const engine = new Engine(input.engine, timers);
  const found = await engine.ask(signal, (abortSignal) =>
    engine.docker.listContainers({
      all: true,
      filters: { label: [`${SERVER_LABEL}=${server}`] },
      abortSignal,
    }),
  );
  const left = found
    .flatMap(({ Labels: { [KEY_LABEL]: key } }) => (key === undefined || isWanted(key) ? [] : [key]))
    .slice(0, REMOVALS_MAX);
  for (const key of left) {
    signal.throwIfAborted();
    await removeContainer(engine, { server, key }, timers);
  }
  return { checked: found.length, removed: left.length };
}
