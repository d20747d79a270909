import { tmpdir } from 'node:os';
import { env } from 'node:process';
import { silentLogger } from '../logger.ts';
import { systemClock, systemRandom, systemTimers } from '../system-clock.ts';
import type { ProviderContext } from './driver.ts';

/** What a provider under test is given: the real clock, timers and environment of the test. */
export function aProviderContext(overrides: Partial<ProviderContext> = {}): ProviderContext {
  return {
    dataDirectory: tmpdir(),
    configDirectory: tmpdir(),
    environment: env,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    logger: silentLogger,
    openSecret: (name) => Promise.reject(new Error(`There is no secret "${name}".`)),
    ...overrides,
  };
}
