import { describe, expect, test } from 'vitest';
import { aBatch, aPool, put } from '../store/contract-documents.ts';
import { StaleTerm } from '../store/contract.ts';
import { forgetChanges } from '../store/memory/memory-changes.ts';
import { copyMemoryDisk } from '../store/memory/memory-disk.ts';
import { TestCluster } from '../testing/replica-harness.ts';
import type { TestReplica } from '../testing/replica-harness.ts';
import { TERM_MS } from './term.ts';

async function twoReplicas() {
  const cluster = new TestCluster();
  const [ann, bob] = [await cluster.add('ann'), await cluster.add('bob')];
  await cluster.pass(1_000);
  expect(cluster.keepers()).toEqual(['ann']);
  return { cluster, ann, bob };
}

/** Has the keeper write resources. */
async function write(keeper: TestReplica, ...ids: string[]): Promise<void> {
  const term = keeper.replica.keeper()?.term ?? 0;
  await keeper.store.commit(aBatch(term, { upserts: ids.map((id) => put(id)) }));
}

const resourcesOf = ({ replica }: TestReplica): string[] => [...(replica.world()?.resources.keys() ?? [])];

test('the first replica takes the world, and the others follow it (H1)', async () => {
  const { cluster, ann, bob } = await twoReplicas();
  expect(ann.replica.keeper()).toMatchObject({ card: { name: 'ann' }, term: 1, isSelf: true });
  expect(bob.replica.role()).toBe('following');
  expect(bob.replica.keeper()).toMatchObject({ card: { name: 'ann' }, term: 1, isSelf: false });
  await cluster.pass(60_000);
  expect(cluster.keepers()).toEqual(['ann']);
  expect(cluster.disk.term).toBe(1);
});

describe('following', () => {
  test('what the keeper writes is known to the others at once (H5)', async () => {
    const { cluster, ann, bob } = await twoReplicas();
    await ann.store.commit(
      aBatch(1, {
        upserts: [{ kind: 'pool', id: 'web', document: aPool('web') }, put('res_1'), put('res_2')],
      }),
    );
    await cluster.settle();
    expect(resourcesOf(bob)).toEqual(['res_1', 'res_2']);
    await ann.store.commit(aBatch(1, { deletes: [{ kind: 'resource', id: 'res_1' }] }));
    await cluster.settle();
    expect(resourcesOf(bob)).toEqual(['res_2']);
  });

  test('a follower that is further behind than is remembered reads everything, and says so (H5)', async () => {
    const { cluster, ann, bob } = await twoReplicas();
    await ann.store.commit(aBatch(1, { upserts: [{ kind: 'pool', id: 'web', document: aPool('web') }] }));
    await write(ann, 'res_1');
    await cluster.settle();
    bob.link.fail();
    await write(ann, 'res_2');
    await write(ann, 'res_3');
    forgetChanges(cluster.disk, cluster.disk.batch);
    bob.link.mend();
    await cluster.pass(1_000);
    expect(resourcesOf(bob)).toEqual(['res_1', 'res_2', 'res_3']);
    expect(bob.log).toContainEqual(expect.stringContaining('too far behind'));
  });

  test('a database that is away is told of once, and waited for', async () => {
    const { cluster, bob } = await twoReplicas();
    bob.link.fail();
    await cluster.pass(10_000);
    expect(bob.log.filter((line) => line.includes('does not answer as it should'))).toHaveLength(1);
    bob.link.mend();
    await cluster.pass(1_000);
    expect(bob.log).toContainEqual('info the database answers again');
    expect(bob.replica.role()).toBe('following');
  });
});

describe('taking over', () => {
  test('after a silent death another keeps the world, from its last batch on, when the term is over (H1, H6)', async () => {
    const { cluster, ann, bob } = await twoReplicas();
    await ann.store.commit(aBatch(1, { upserts: [{ kind: 'pool', id: 'web', document: aPool('web') }] }));
    await write(ann, 'res_1');
    ann.pause();
    await cluster.pass(TERM_MS + 200);
    expect(bob.replica.role()).toBe('keeping');
    expect(bob.tenures.at(-1)?.start?.term).toBe(2);
    expect([...(bob.tenures.at(-1)?.start?.world.resources.keys() ?? [])]).toEqual(['res_1']);
  });

  test.each(['cut', 'loseAnswers', 'fail'] as const)(
    'a keeper whose renewals do not get through (%s) stops before another begins (H2)',
    async (how) => {
      const { cluster, ann, bob } = await twoReplicas();
      const held = ann.tenures.at(-1)?.start;
      ann.link[how]();
      let bothMs = 0;
      for (let passed = 0; passed < 6_000; passed += 10) {
        await cluster.pass(10);
        if (held?.isHeld() === true && bob.replica.role() !== 'following') bothMs += 10;
      }
      expect(bothMs).toBe(0);
      expect(held?.isHeld()).toBe(false);
      expect(cluster.keepers()).toEqual(['bob']);
      expect(ann.tenures[0]?.happened).toEqual(['begin', 'end']);
    },
  );

  test('a keeper whose term is lost keeps no more from that moment on, also while the database is silent (H4)', async () => {
    const { cluster, ann } = await twoReplicas();
    ann.link.cut();
    ann.tenures.at(-1)?.start?.lose(new Error('a commit failed'));
    // What is refused because of it is handed on at once, and by then it has to be known.
    expect([ann.replica.role(), ann.replica.keeper()]).toEqual(['starting', undefined]);
    await cluster.settle();
    expect(ann.tenures[0]?.happened).toEqual(['begin', 'end']);
    ann.link.mend();
    await cluster.pass(8_000);
    ann.tenures[0]?.start?.lose(new Error('it is told late, and of another term'));
    expect(ann.replica.role()).not.toBe('starting');
  });

  test('a process that stood still finds its term over before anything else happens (H2, H4)', async () => {
    const { cluster, ann, bob } = await twoReplicas();
    const held = ann.tenures.at(-1)?.start;
    ann.pause();
    await cluster.pass(10_000);
    expect(held?.isHeld()).toBe(false);
    await expect(write(ann, 'res_9')).rejects.toThrow(StaleTerm);
    ann.resume();
    await cluster.pass(1_000);
    expect(cluster.keepers()).toEqual(['bob']);
    expect(ann.replica.role()).toBe('following');
    expect(ann.tenures[0]?.happened).toEqual(['begin', 'end']);
    expect(bob.replica.keeper()?.term).toBe(2);
  });

  test('of several that want the world at once one gets it', async () => {
    const { cluster, ann, bob } = await twoReplicas();
    const cat = await cluster.add('cat');
    await cluster.pass(1_000);
    await ann.store.resign(1);
    await cluster.pass(3_000);
    expect(cluster.keepers()).toHaveLength(1);
    expect(cluster.disk.term).toBe(2);
    expect([ann, bob, cat].filter(({ replica }) => replica.role() === 'following')).toHaveLength(2);
  });

  test('a term whose answer was lost is given up, never begun late (H3)', async () => {
    const cluster = new TestCluster();
    const ann = await cluster.add('ann', { before: ({ link }) => link.loseAnswers('acquire') });
    await cluster.pass(1_000);
    expect(cluster.disk.term).toBe(1);
    expect(cluster.keepers()).toEqual([]);
    ann.link.mend();
    await cluster.pass(3_000);
    expect(cluster.keepers()).toEqual(['ann']);
    expect(ann.tenures.at(-1)?.start?.term).toBe(2);
  });

  test('one that cannot begin leaves the world to others, and tries again later (H7)', async () => {
    const cluster = new TestCluster();
    const ann = await cluster.add('ann', {
      onBegin: async () => {
        throw new Error('the port is taken');
      },
    });
    await cluster.pass(500);
    const bob = await cluster.add('bob');
    await cluster.pass(1_000);
    expect(cluster.keepers()).toEqual(['bob']);
    expect(ann.log).toContainEqual(expect.stringContaining('the port is taken'));
    expect(bob.tenures).toHaveLength(1);
  });

  test('a tenure that cannot go on is ended, and the same replica begins another from what is durable (H4)', async () => {
    const cluster = new TestCluster();
    const ann = await cluster.add('ann');
    ann.tenures[0]?.start?.lose(new Error('a commit failed'));
    await cluster.pass(1_000);
    expect(ann.tenures.map(({ happened }) => happened)).toEqual([['begin', 'end'], ['begin']]);
    expect(ann.replica.keeper()?.term).toBe(2);
  });

  test('a tenure that does not end keeps nobody from following', async () => {
    const { cluster, ann } = await twoReplicas();
    const [tenure] = ann.tenures;
    if (tenure !== undefined) tenure.onEnd = () => new Promise(() => {});
    tenure?.start?.lose(new Error('a commit failed'));
    await cluster.pass(1_000);
    expect(ann.replica.role()).toBe('following');
    expect(cluster.keepers()).toEqual(['bob']);
  });
});

describe('handing over', () => {
  test('a keeper that steps down has finished, and another keeps the world at once (H8)', async () => {
    const { cluster, ann } = await twoReplicas();
    await cluster.pass(2_000);
    const stepped = ann.replica.stepDown();
    await cluster.pass(100);
    await stepped;
    expect(cluster.keepers()).toEqual(['bob']);
    expect(ann.tenures[0]?.happened).toEqual(['begin', 'drain', 'end']);
    expect(ann.replica.role()).toBe('following');
    await cluster.pass(60_000);
    expect(cluster.keepers()).toEqual(['bob']);
  });

  test('one that is retired goes on to know who keeps the world, and does not take it again', async () => {
    const { cluster, ann, bob } = await twoReplicas();
    const retired = ann.replica.retire();
    await cluster.pass(100);
    await retired;
    expect(ann.replica.keeper()).toMatchObject({ card: { name: 'bob' }, isSelf: false });
    bob.pause();
    await cluster.pass(10_000);
    expect(cluster.keepers().filter((name) => name === 'ann')).toEqual([]);
  });

  test('a keeper without another one refuses to step down, and a follower has nothing to hand over', async () => {
    const cluster = new TestCluster();
    const ann = await cluster.add('ann');
    await expect(ann.replica.stepDown()).rejects.toMatchObject({ code: 'no_other_replica' });
    const bob = await cluster.add('bob');
    await expect(bob.replica.stepDown()).rejects.toMatchObject({ code: 'not_the_keeper' });
    expect(cluster.keepers()).toEqual(['ann']);
  });

  test('what does not finish in time is handed over without', async () => {
    const { cluster, ann } = await twoReplicas();
    const [tenure] = ann.tenures;
    if (tenure !== undefined) tenure.onDrain = () => new Promise(() => {});
    void ann.replica.retire();
    await cluster.pass(6_000);
    expect(cluster.keepers()).toEqual(['bob']);
  });

  test('a replica that is disposed of leaves no timer behind', async () => {
    const cluster = new TestCluster();
    const ann = await cluster.add('ann');
    const disposed = ann.replica[Symbol.asyncDispose]();
    await cluster.pass(1_000);
    await disposed;
    expect(ann.replica.role()).toBe('stopped');
    expect(ann.tenures[0]?.happened).toEqual(['begin', 'drain', 'end']);
    await cluster.pass(5_000);
    expect(cluster.time.pending).toBe(0);
  });
});

describe('a database that went back (H9)', () => {
  test('stops everybody until a person says how to go on', async () => {
    const { cluster, ann, bob } = await twoReplicas();
    await ann.store.commit(aBatch(1, { upserts: [{ kind: 'pool', id: 'web', document: aPool('web') }] }));
    const older = copyMemoryDisk(cluster.disk);
    await write(ann, 'res_1');
    await cluster.pass(1_000);
    Object.assign(cluster.disk, older);
    await cluster.pass(5_000);
    expect([ann.replica.role(), bob.replica.role()]).toEqual(['halted', 'halted']);
    expect(bob.replica.halt()).toMatchObject({ seen: { batch: 2 }, found: { batch: 1 } });
    expect(ann.log).toContainEqual(expect.stringContaining('error the database went back'));
    await cluster.pass(60_000);
    expect(cluster.keepers()).toEqual([]);

    // Whoever kept has an application again, for the admin who looks.
    expect(ann.tenures.at(-1)?.happened).toEqual([]);
    // So does one that starts meanwhile, and it knows who may say how to go on.
    const eve = await cluster.add('eve');
    await cluster.pass(1_000);
    expect(eve.replica.role()).toBe('halted');
    expect(eve.tenures).toHaveLength(1);
    expect(eve.replica.world()?.pools.has('web')).toBe(true);

    await bob.store.resume();
    await cluster.pass(5_000);
    expect(cluster.keepers()).toHaveLength(1);
    expect(resourcesOf(ann)).toEqual([]);
    expect(bob.replica.halt()).toBeNull();
  });
});

test('replicas tell of themselves, and a clock that is off is seen and said', async () => {
  const cluster = new TestCluster();
  const ann = await cluster.add('ann', { machineOffMs: 90_000 });
  await cluster.pass(3_000);
  expect(await ann.store.listReplicas()).toMatchObject([{ name: 'ann', role: 'keeper', skewMs: 90_000 }]);
  expect(ann.log.filter((line) => line.includes("this machine's clock"))).toHaveLength(1);
});
