import { putDocument } from '@poolkeeper/core';
import type { Pool, TakeByStage, Waiter, World } from '@poolkeeper/core';
import { accountPool } from './accounts/draw-accounts.ts';
import type { Plant } from './plant.ts';
import { withPools } from './turnover-plants.ts';

/** Faults of what is handed over by stage, and of accounts. */
export const HAND_OVER_PLANTS: Readonly<Record<string, Plant>> = {
  ignoredRank: {
    about: 'serves at times who asks, whoever waits before him',
    breaks: ['turn', 'place-kept'],
    decide: (real, chance) => (world, command, context) => {
      const passed = command.type === 'takeByStage' && chance.is(0.5) ? othersInLine(world, command) : [];
      for (const { id } of passed) putDocument(world, 'waiter', id, undefined);
      try {
        return real(world, command, context);
      } finally {
        for (const waiter of passed) putDocument(world, 'waiter', waiter.id, waiter);
      }
    },
  },
  credentialsAfterTheEnd: {
    about: 'shows the credentials of a lease whose time is over, until somebody ends it',
    breaks: ['credential-to-holder'],
    show: (real) => (world, asked) => real(world, { ...asked, now: 0 }),
  },
  unprovenOffer: {
    about: 'offers an account that nobody has verified and emptied yet',
    breaks: ['proven-before-offer'],
    decide: (real) => (world, command, context) =>
      withPools(world, withoutEnter, () => real(world, command, context)),
  },
  orphanedKeys: {
    about: 'does not look for the key that an earlier attempt at a rotation made before it was cut off',
    breaks: ['one-key', 'old-key-is-dead'],
    bank: (real) => ({
      ...real,
      keys: async (request, signal) => {
        const { current, pending } = request.credentials;
        const known = [current?.['id'], pending?.['id']];
        return (await real.keys(request, signal)).filter(({ id }) => known.includes(id));
      },
    }),
  },
};

function othersInLine(world: World, { pool, stage, request }: TakeByStage): Waiter[] {
  return [...world.waiters.values()].filter(
    (waiter) => waiter.pool === pool && waiter.stage === stage && waiter.request !== request,
  );
}

function withoutEnter(pool: Pool): Pool {
  if (pool.name !== accountPool.name) return pool;
  const { enter: _, ...on } = pool.on;
  return { ...pool, on };
}
