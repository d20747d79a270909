import { expect, test } from 'vitest';
import { StaleTerm, StoreFailure } from '../store/contract.ts';
import { aKeeper } from '../testing/keeper-harness.ts';

/** A keeper under a term that a test ends, in a world with one pool. */
async function aKeptKeeper() {
  const before = await aKeeper();
  await before.pool('boards', 2);
  const lost: Error[] = [];
  let isHeld = true;
  const h = await before.takeOver({
    isHeld: () => isHeld,
    lose: (why) => void lost.push(why),
  });
  return { ...h, lost, end: () => void (isHeld = false) };
}

test('a keeper begins with a world that it is given, and decides under its term', async () => {
  const h = await aKeptKeeper();
  await h.lease('boards');
  expect(await h.keeper.read((world) => world.leases.size)).toBe(1);
  expect(h.lost).toEqual([]);
  await h.close();
});

test('once the term is not held any more nothing is decided, and that is final (H3)', async () => {
  const h = await aKeptKeeper();
  const commits = h.store.commits;
  h.end();
  await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(h.store.commits).toBe(commits);
  expect(h.keeper.status()).toMatchObject({ state: 'deposed' });
  expect(h.lost).toEqual([expect.any(StaleTerm)]);
  await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
  await h.close();
});

test('a read that is answered after the term is refused, and so is what was refused by a world of then (H3)', async () => {
  const h = await aKeptKeeper();
  h.store.hold();
  const leased = h.lease('boards');
  await h.store.commitStarted();
  const [read, refused] = [h.keeper.read((world) => world.leases.size), h.lease('nowhere')];
  const outcomes = Promise.allSettled([read, refused]);
  await h.settle();
  h.end();
  h.store.release();
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
  // What landed under the term was decided: its fence says so.
  expect(await leased).toMatch(/^lse_/);
  await h.close();
});

test('a batch that lands when the term has ended is answered, and what follows from it is left to the next keeper', async () => {
  const h = await aKeptKeeper();
  const { keeper, store } = h;
  store.hold();
  const made = keeper.ask({
    type: 'putPool',
    name: 'made',
    merge: false,
    spec: { provider: 'maker', size: { desired: 1 } },
  });
  await store.commitStarted();
  h.end();
  await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
  store.release();
  expect(await made).toMatchObject({ name: 'made' });
  await h.settle();
  await h.close();
});

test('what a batch began is not begun outside when it lands after the term, though nobody looked yet (H3)', async () => {
  for (const isOver of [false, true]) {
    const h = await aKeptKeeper();
    h.store.hold();
    const size = { desired: 1 };
    const made = h.keeper.ask({
      type: 'putPool',
      name: 'made',
      merge: false,
      spec: { provider: 'maker', size, template: {} },
    });
    await h.store.commitStarted();
    // As for a process that stood still: the answer of the database is the first that it sees.
    if (isOver) h.end();
    h.store.release();
    await made;
    await h.settle();
    expect(h.jobs).toHaveLength(isOver ? 0 : 1);
    await h.close();
  }
});

test('what is due is left to the next keeper once the term is over', async () => {
  const h = await aKeptKeeper();
  await h.lease('boards', { durationMs: 1_000 });
  const commits = h.store.commits;
  h.end();
  await h.time.advance(60_000);
  expect(h.store.commits).toBe(commits);
  await h.close();
});

test('a commit that fails ends the term: what was under way is not known, the rest did not happen (H4)', async () => {
  for (const failure of [new StaleTerm('taken over'), new StoreFailure('the connection is gone')]) {
    const h = await aKeptKeeper();
    h.store.hold();
    h.store.fail(failure);
    const flying = [h.lease('boards'), h.lease('boards')];
    await h.store.commitStarted();
    const settled = Promise.allSettled(flying);
    await h.settle();
    const waiting = h.lease('boards');
    h.store.release();
    for (const outcome of await settled)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'outcome_unknown' } });
    await expect(waiting).rejects.toMatchObject({
      code: expect.stringMatching(/outcome_unknown|store_unavailable/),
    });
    expect(h.lost).toEqual([failure]);
    h.store.mend();
    await h.time.advance(60_000);
    expect(h.keeper.status()).toMatchObject({ state: 'deposed' });
    await h.close();
  }
});

test('a token stays known when the world may not be read any more', async () => {
  const h = await aKeptKeeper();
  const token = { name: 'ann', hash: 'h1', role: 'viewer', pools: null, quota: {}, expiresAt: null } as const;
  await h.keeper.ask({ type: 'createToken', ...token });
  h.end();
  await expect(h.lease('boards')).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(h.keeper.findToken('h1')).toMatchObject({ name: 'ann' });
  await h.close();
});
