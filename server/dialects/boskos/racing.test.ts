import { expect, test } from 'vitest';
import { startBoskos } from './testing/boskos-harness.ts';
import type { BoskosHarness } from './testing/boskos-harness.ts';

const statusesOf = async (answers: Promise<{ status: number }>[]): Promise<number[]> =>
  (await Promise.all(answers)).map(({ status }) => status).toSorted((a, b) => a - b);

/** Every resource with its owner, as the world has it. */
async function ownersOf(boskos: BoskosHarness, names: readonly string[]): Promise<string[]> {
  const seen = await Promise.all(names.map((name) => boskos.see(name)));
  return seen.map((one) => one?.owner ?? 'gone');
}

test('of two that race for one resource exactly one has it, and the other is told 404', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(['ann', 'bob'].map((owner) => boskos.acquire({ owner })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404]);
    const winner = answers[0]?.status === 200 ? 'ann' : 'bob';
    expect(await ownersOf(boskos, ['a'])).toEqual([winner]);
    expect((await boskos.release('a', 'free', winner)).status).toBe(200);
  }
});

test('of many that race none is told 500, and none shares a resource', async () => {
  await using boskos = await startBoskos();
  const names = Array.from({ length: 8 }, (_, index) => `r-${index}`);
  await boskos.type('t', names);
  const owners = Array.from({ length: 24 }, (_, index) => `owner-${index}`);
  const statuses = await statusesOf(owners.map((owner) => boskos.acquire({ owner, request_id: owner })));
  expect(statuses.filter((status) => status === 200)).toHaveLength(8);
  expect(statuses.filter((status) => status === 404)).toHaveLength(16);
  expect(new Set(await ownersOf(boskos, names)).size).toBe(8);
});

test('by type and by name at once one resource is taken once', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  const byName = { state: 'free', dest: 'busy', owner: 'mason', names: 'a' };
  expect(await statusesOf([boskos.acquire({}), boskos.post('/acquirebystate', byName)])).toEqual([200, 404]);
});

test('a release that races with a reset is done by one of them', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  await boskos.acquire({});
  const reset = { type: 't', state: 'busy', dest: 'dirty', expire: '0' };
  const [released, taken] = await Promise.all([boskos.release('a'), boskos.post('/reset', reset)]);
  expect([released.status === 200, taken.text === '{"a":"ann"}']).toSatisfy(
    ([isReleased, isTaken]: boolean[]) => isReleased !== isTaken,
  );
});
