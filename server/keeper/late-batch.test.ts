import type { JobTicket } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { PLAIN_SEAL } from '../../core/testing/plain-seal.ts';
import { silentLogger } from '../logger.ts';
import { createMemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { StoreFailure } from '../store/contract.ts';
import { aKeeper } from '../testing/keeper-harness.ts';
import { ControlledStore } from '../testing/controlled-store.ts';
import { rememberProviders } from '../testing/remember-providers.ts';
import { VirtualTime } from '../virtual-time.ts';
import { WorldKeeper } from './keeper.ts';
import { loadWorld } from './load-world.ts';

const MAKE_ONE = {
  type: 'putPool',
  name: 'web',
  merge: false,
  spec: { provider: 'maker', size: { desired: 1 } },
} as const;

test('a batch that lands after its term is answered, since it is there, and begins no work outside', async () => {
  const inner = await openMemoryStore(createMemoryDisk());
  await rememberProviders(inner);
  const store = new ControlledStore(inner);
  const time = new VirtualTime(1_700_000_000_000);
  const jobs: JobTicket[] = [];
  const lost: string[] = [];
  let isHeld = true;
  const keeper = new WorldKeeper({
    store,
    clock: time,
    timers: time,
    random: () => 0.5,
    ...PLAIN_SEAL,
    newId: (prefix) => `${prefix}_${(nextId += 1)}`,
    defer: queueMicrotask,
    logger: silentLogger,
  });
  let nextId = 0;
  const runner = {
    accept: (ticket: JobTicket) => void jobs.push(ticket),
    drop: () => {},
    look: () => {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const term = await store.claim();
  const world = await loadWorld(store);
  await keeper.start(runner, { term, world, isHeld: () => isHeld, lose: (why) => void lost.push(why.name) });
  await time.advance(0);

  store.hold();
  const started = store.commitStarted();
  const answered = keeper.ask(MAKE_ONE);
  await started;
  isHeld = false;
  await expect(keeper.ask(MAKE_ONE)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(lost).toEqual(['StaleTerm']);
  store.release();

  await expect(answered).resolves.toBeDefined();
  expect(jobs).toEqual([]);
  await keeper[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

test('history that the store cannot read now is refused as unavailable, to be asked for again', async () => {
  const { keeper, store, close } = await aKeeper();
  store.findEndedLease = () => Promise.reject(new StoreFailure('The database does not answer.'));
  await expect(keeper.findEndedLease('lse_1')).rejects.toMatchObject({ code: 'store_unavailable' });
  await close();
});
