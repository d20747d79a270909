import type { ClusterSettings } from '../config/cluster-settings.ts';
import type { Logger } from '../logger.ts';
import { StoreFailure } from '../store/contract.ts';
import { isPassing } from '../store/postgres/failure.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { SharedStore } from '../store/shared-contract.ts';
import { sleep } from '../timers.ts';
import type { Machine } from './machine.ts';

/** Between two tries to reach the database, in milliseconds; doubles up to the second. */
const PAUSE_FIRST_MS = 1_000;
const PAUSE_MAX_MS = 10_000;
/** How long a server waits for its database at the start, in milliseconds: containers start in any order. */
const WAIT_MS_MAX = 5 * 60_000;

/**
 * Opens the store of a database, and waits for one that cannot be reached yet.
 *
 * Errors: `StoreFailure`, at once for what waiting does not mend, such as a wrong password or a newer schema, else after `WAIT_MS_MAX`.
 */
export async function openDatabase(
  { database }: Pick<ClusterSettings, 'database'>,
  { machine, logger }: { readonly machine: Machine; readonly logger: Logger },
): Promise<SharedStore> {
  const { timers, elapsed } = machine;
  const until = elapsed.now() + WAIT_MS_MAX;
  for (let pauseMs = PAUSE_FIRST_MS; ; pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2)) {
    try {
      return await openPostgresStore({
        url: database,
        environment: process.env,
        timers,
        elapsed: () => elapsed.now(),
        random: machine.random,
        logger,
      });
    } catch (error) {
      if (!mayPass(error) || elapsed.now() + pauseMs > until) throw error;
      logger.warn(
        { why: (error as Error).message, againInMs: pauseMs },
        'the database cannot be reached; the server starts when it can',
      );
    }
    await sleep(timers, pauseMs);
  }
}

/** Did the database not answer, or say that it is starting? */
function mayPass(error: unknown): boolean {
  return error instanceof StoreFailure && error.cause !== undefined && isPassing(error.cause);
}
