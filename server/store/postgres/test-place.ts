import { afterAll, beforeAll } from 'vitest';
import { silentLogger } from '../../logger.ts';
import { systemRandom, systemTimers } from '../../system-clock.ts';
import { RealPostgres } from '../../testing/real-postgres.ts';
import type { SharedStore } from '../shared-contract.ts';
import { openPostgresStore } from './postgres-store.ts';
import type { PostgresStoreOptions } from './postgres-store.ts';

/** One server for the tests of a file. */
export function useServer(): () => RealPostgres {
  let server: RealPostgres | undefined;
  beforeAll(async () => {
    server = await RealPostgres.start();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  return () => {
    if (server === undefined) throw new Error('no server runs yet');
    return server;
  };
}

/** A store as a process has it. */
export function openTestStore(
  url: string,
  overrides: Partial<PostgresStoreOptions> = {},
): Promise<SharedStore> {
  return openPostgresStore({
    url,
    environment: {},
    timers: systemTimers,
    // oxlint-disable-next-line no-restricted-properties -- a test is a composition root
    elapsed: () => performance.now(),
    random: systemRandom,
    logger: silentLogger,
    ...overrides,
  });
}
