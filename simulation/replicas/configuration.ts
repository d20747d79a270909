import { BOARDS, handPool, POOL, TUBS, tubPool, tubWorkflows } from '../kill/configuration.ts';

/** Members of the pool that a run asks all the time, so that a moment without grants is a moment without a keeper. */
const PULSES = 300;
export const PULSE_POOL = 'pulses';

/** Every pool with its size. */
export const SIZES: readonly (readonly [string, number])[] = [
  [POOL.boards, BOARDS],
  [POOL.tubs, TUBS],
  [PULSE_POOL, PULSES],
];

/**
 * The configuration file of every replica of a run. Tubs are cleaned by programs of this machine, which whoever keeps the world runs;
 * all replicas have one folder, so a holder's mark that one of them overlooks is found by the next.
 */
export function configurationText(folder: string): string {
  return JSON.stringify(
    {
      providers: [{ name: 'hand', driver: 'static' }],
      workflows: tubWorkflows(folder),
      pools: [handPool(POOL.boards, 'board', BOARDS), handPool(PULSE_POOL, 'pulse', PULSES), tubPool()],
    },
    null,
    2,
  );
}
