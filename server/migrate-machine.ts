import { migrateWorld } from './migrate.ts';
import type { Migrated, MigrateInput } from './migrate.ts';
import { createLogger } from './log.ts';
import { openPostgresStore } from './store/postgres/postgres-store.ts';
import { systemElapsed, systemRandom, systemTimers } from './system-clock.ts';

/** Moves a world with the real clock and databases of this machine. `environment` has the `PG*` variables. Errors: as `migrateWorld`. */
export function runMigration(
  input: Pick<MigrateInput, 'from' | 'to' | 'masterKeys' | 'onProgress'> & {
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<Migrated> {
  const { environment, ...rest } = input;
  return migrateWorld({
    ...rest,
    timers: systemTimers,
    openDatabase: (url) =>
      openPostgresStore({
        url,
        environment: { ...environment },
        timers: systemTimers,
        elapsed: () => systemElapsed.now(),
        random: systemRandom,
        // What goes wrong is told to whoever runs it.
        logger: createLogger({ level: 'silent' }),
      }),
  });
}
