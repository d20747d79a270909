import type { Run } from '@poolkeeper/core';
import type { SealedTurnover } from '@poolkeeper/turnover-record';
import { stored } from '../../turnover-record/testing/a-chain.ts';
import type { Batch, Store } from '../store/contract.ts';

/** Writes turnovers and runs that are over beside what a keeper has written, as its own commits would have. */
export async function rememberTurnovers(
  store: Pick<Store, 'commit' | 'load'>,
  made: {
    readonly term: number;
    readonly turnovers?: readonly SealedTurnover[];
    readonly runs?: readonly Run[];
  },
): Promise<void> {
  const { meta } = await store.load();
  const { term, turnovers = [], runs = [] } = made;
  const batch: Batch = {
    term,
    meta,
    upserts: [],
    deletes: [],
    ended: [],
    runs,
    records: turnovers.map(stored),
    events: [],
  };
  await store.commit(batch);
}
