import type { Chance } from '../chance.ts';
import { POOL } from './configuration.ts';

/** What a client asks for, and what it means to do with it. */
export type Wish = {
  readonly body: Readonly<Record<string, unknown>>;
  readonly hasKey: boolean;
  /** It will not be released: the server has to end it when its time is over. */
  readonly isForgotten: boolean;
};

const SHARE_WITHOUT_KEY = 0.05;
const SHARE_FORGOTTEN = 0.015;
const SHARE_BEATING = 0.3;

/**
 * Draws what to ask for: mostly boards, which cost nothing, sometimes processes, sometimes both in one lease.
 *
 * Leases are short, so that those which nobody releases end by themselves, across kills too.
 */
export function drawWish(chance: Chance): Wish {
  const hasKey = !chance.is(SHARE_WITHOUT_KEY);
  return {
    hasKey,
    isForgotten: chance.is(SHARE_FORGOTTEN),
    body: {
      ...drawItems(chance),
      duration: `${chance.int(1, 4)}s`,
      priority: chance.int(0, 2),
      ...(chance.is(SHARE_BEATING) ? { heartbeat: '2s' } : {}),
      // Without a key an answer that is lost leaves a lease that nobody knows, so it does not wait on top.
      ...(hasKey && chance.is(0.5) ? { wait: `${chance.int(1, 2)}s` } : {}),
    },
  };
}

function drawItems(chance: Chance): object {
  switch (chance.weigh({ boards: 12, kept: 3, fresh: 2, tubs: 4, gang: 2 })) {
    case 'boards': {
      const count = chance.int(1, 2);
      return { pool: POOL.boards, count, minimum: chance.int(1, count) };
    }
    case 'kept':
      return { pool: POOL.kept };
    case 'fresh':
      return { pool: POOL.fresh };
    case 'tubs':
      return { pool: POOL.tubs, count: chance.int(1, 2), minimum: 1 };
    case 'gang':
      return { items: [{ pool: POOL.boards, count: 2 }, { pool: POOL.kept }] };
  }
}
