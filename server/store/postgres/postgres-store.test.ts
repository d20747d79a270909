import { describe } from 'vitest';
import { lookForPostgres } from '../../testing/find-postgres.ts';
import { systemTimers } from '../../system-clock.ts';
import { sleep } from '../../timers.ts';
import { storeContract } from '../contract-suite.ts';
import { historyContract } from '../history-suite.ts';
import type { CopyablePlace } from '../history-suite.ts';
import { sharedContract } from '../shared-suite.ts';
import type { SharedPlace } from '../shared-suite.ts';
import type { SharedStore } from '../shared-contract.ts';
import { turnoverContract } from '../turnover-suite.ts';
import { forgetDeleted } from './prune.ts';
import { openTestStore, useServer } from './test-place.ts';

const postgres = lookForPostgres();
const BACKUP = 'backup';

describe.skipIf(postgres.areMissing)(`on PostgreSQL${postgres.reason}`, () => {
  const server = useServer();

  /** Tests come one after another, and to begin anew in one database is quicker than to make one for each. */
  async function emptyDatabase(): Promise<string> {
    await server().query('drop schema if exists poolkeeper cascade');
    await server().query(`drop database if exists ${BACKUP}`);
    return server().url();
  }

  async function createPlace(): Promise<CopyablePlace> {
    const url = await emptyDatabase();
    return {
      open: () => openTestStore(url),
      crash: async (store) => store[Symbol.asyncDispose](),
      backupPath: BACKUP,
      backUp: () => server().dump({ schema: 'poolkeeper', from: 'postgres', to: BACKUP }),
      openBackup: () => openTestStore(server().url(BACKUP)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async function createSharedPlace(): Promise<SharedPlace> {
    const url = await emptyDatabase();
    const stores: SharedStore[] = [];
    return {
      open: async () => {
        const store = await openTestStore(url);
        stores.push(store);
        return store;
      },
      pass: (ms) => sleep(systemTimers, ms),
      goBackTo: async (batch) => void (await server().query(`update poolkeeper.world set batch = ${batch}`)),
      forgetDeleted: (upTo) => server().withClient('postgres', (client) => forgetDeleted(client, upTo)),
      [Symbol.asyncDispose]: async () => {
        await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
      },
    };
  }

  storeContract('the PostgreSQL store', createPlace);
  turnoverContract('the PostgreSQL store', createPlace);
  historyContract('the PostgreSQL store', createPlace);
  sharedContract('the PostgreSQL store', createSharedPlace);
});
