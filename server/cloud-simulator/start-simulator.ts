import { randomBytes } from 'node:crypto';
import { systemClock, systemTimers } from '../system-clock.ts';
import { Cloud } from './cloud.ts';
import type { CloudSettings } from './settings.ts';
import { createSimulatorApp } from './simulator-app.ts';

const ID_BYTES = 8;

/** A simulated cloud that listens. Disposing ends it at once, with everything in it. */
export type RunningSimulator = AsyncDisposable & { readonly url: string };

export type SimulatorOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** What differs from a calm cloud, from the start and after each reset. */
  readonly settings?: Partial<CloudSettings>;
};

/**
 * Wires and starts a cloud simulator with the machine's own clock.
 *
 * Errors: those of listening.
 */
export async function startCloudSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const { host, port, settings = {} } = options;
  const newId = (): string => `i-${randomBytes(ID_BYTES).toString('hex')}`;
  const cloud = new Cloud({ clock: systemClock, newId, settings });
  const app = createSimulatorApp({ cloud, clock: systemClock, timers: systemTimers });
  const url = await app.listen({ host, port });
  return { url, [Symbol.asyncDispose]: () => app.close() };
}
