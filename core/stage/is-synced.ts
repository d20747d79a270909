import type { PoolSpec } from '../model/pool.ts';

/** The label, and its value, of pools that a configuration of stages made: they go when it does not name them any more. */
export const SYNCED_LABEL = 'poolkeeper.io/from';
export const SYNCED_BY_STAGES = 'stages';

/** Was the pool made by a configuration of stages, so that no other configuration speaks for it? */
export function isSynced({ labels }: Pick<PoolSpec, 'labels'>): boolean {
  return labels[SYNCED_LABEL] === SYNCED_BY_STAGES;
}
