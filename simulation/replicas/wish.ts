import type { Chance } from '../chance.ts';
import { POOL } from '../kill/configuration.ts';
import type { Wish } from '../kill/wish.ts';

const SHARE_WITHOUT_KEY = 0.15;
const SHARE_FORGOTTEN = 0.02;
const SHARE_BEATING = 0.4;
const SHARE_WAITING = 0.5;

/** Draws what a client asks the replicas for: few members, so that some always wait, and leases that a take-over may fall into. */
export function drawWish(chance: Chance): Wish {
  const hasKey = !chance.is(SHARE_WITHOUT_KEY);
  return {
    hasKey,
    isForgotten: chance.is(SHARE_FORGOTTEN),
    body: {
      ...drawItems(chance),
      duration: `${chance.int(2, 8)}s`,
      priority: chance.int(0, 2),
      ...(chance.is(SHARE_BEATING) ? { heartbeat: '3s' } : {}),
      ...(hasKey && chance.is(SHARE_WAITING) ? { wait: `${chance.int(1, 4)}s` } : {}),
    },
  };
}

function drawItems(chance: Chance): object {
  switch (chance.weigh({ boards: 12, tubs: 3, gang: 2 })) {
    case 'boards': {
      const count = chance.int(1, 3);
      return { pool: POOL.boards, count, minimum: chance.int(1, count) };
    }
    case 'tubs':
      return { pool: POOL.tubs, count: chance.int(1, 2), minimum: 1 };
    case 'gang':
      return { items: [{ pool: POOL.boards, count: 2 }, { pool: POOL.tubs }] };
  }
}
