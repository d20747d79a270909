import type { Waiter } from '../model/stage.ts';

/** The id of a waiter: no two requests for a stage of a pool share one, whatever is in their texts. */
export function waiterId({ pool, stage, request }: Pick<Waiter, 'pool' | 'stage' | 'request'>): string {
  return JSON.stringify([pool, stage, request]);
}
