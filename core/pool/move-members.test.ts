import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Resource } from '../model/resource.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { putDocument } from '../world/world.ts';
import { MOVE_COUNT_MAX } from './move-members.ts';
import type { MoveMembers } from './move-members.ts';

/** Pool `store`, with boards, and `lab` under it, with none. */
function aStore(boards: readonly Record<string, string>[] = [{}, {}, {}]): {
  t: TestWorld;
  boards: Resource[];
} {
  const t = new TestWorld();
  const members = t.staticPool('store', boards);
  t.staticPool('lab', [], { parent: 'store' });
  return { t, boards: members };
}

function add(more: Partial<MoveMembers> = {}): MoveMembers {
  return { type: 'moveMembers', direction: 'add', pool: 'lab', grant: null, ...more };
}

function namesIn(t: TestWorld, pool: string): string[] {
  return [...(t.world.pools.get(pool)?.idByName.keys() ?? [])].toSorted();
}

describe('add and remove', () => {
  test('take one from the pool above, and give it back to it', () => {
    const { t } = aStore();
    const { moved, left } = t.do(add());
    expect([moved.map(({ name, pool, status }) => [name, pool, status]), left]).toEqual([
      [['store-1', 'lab', 'free']],
      0,
    ]);
    expect(t.do(add({ direction: 'remove' })).moved.map(({ pool }) => pool)).toEqual(['store']);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('take the count, from the pool that is said', () => {
    const { t } = aStore();
    t.staticPool('annex', [{}, {}]);
    t.do(add({ count: 2, other: 'annex' }));
    expect(namesIn(t, 'lab')).toEqual(['annex-1', 'annex-2']);
    t.do(add({ direction: 'remove', count: 2, other: 'store' }));
    expect(namesIn(t, 'store')).toHaveLength(5);
  });

  test('what moved is offered to who waits in the new pool at once', () => {
    const { t } = aStore();
    const waiting = t.request('ann', 'lab');
    const { moved } = t.do(add());
    expect([t.held(waiting), moved[0]?.status]).toEqual([['store-1'], 'leased']);
  });

  test('a move says so in the events of each resource', () => {
    const { t, boards } = aStore();
    const events = t.decide(add({ isAll: true })).events.filter(({ type }) => type === 'resource.moved');
    expect(events.map(({ type, resource, pool, data }) => [type, resource, pool, data['from']])).toEqual(
      boards.map(({ id }) => ['resource.moved', id, 'lab', 'store']),
    );
  });
});

describe('what the two pools do at a move', () => {
  const look = { name: 'look', uses: 'approval', with: {}, timeoutMs: 60_000, retries: 0, if: null } as const;

  test('is the exit of the one and then the enter of the other, with what the call adds to each', () => {
    const { t, boards } = aStore();
    const id = boards[0]?.id as string;
    putDocument(t.world, 'workflow', 'checked', {
      name: 'checked',
      steps: [{ ...look, onFailure: 'hold', runsOn: {} }],
      version: 1,
      createdAt: 0,
    });
    const on = {
      exit: { workflow: 'checked', addParams: { left: 'store' } },
      enter: { addParams: { is: 'in' } },
    };
    const { moved } = t.do(add({ on }));
    expect(moved).toMatchObject([{ id, pool: 'store', status: 'exiting', params: { left: 'store' } }]);
    // What is on its way is nobody's to take a second time.
    expect(t.do(add({ isAll: true })).moved.map((one) => one.id)).not.toContain(id);
    t.do({
      type: 'decideApproval',
      run: moved[0]?.run as string,
      isApproved: true,
      by: 'ann',
      reason: 'it is',
    });
    expect(t.resource(id)).toMatchObject({
      pool: 'lab',
      status: 'free',
      params: { left: 'store', is: 'in' },
    });
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('who goes (P19)', () => {
  test('the longest free first, whatever they are called', () => {
    const { t, boards } = aStore();
    const lease = t.request('ann', [{ pool: 'store', count: 1, filter: 'name == "store-1"' }]);
    t.now += 1_000;
    t.end(lease);
    expect(t.do(add({ count: 2 })).moved.map(({ id }) => id)).toEqual([boards[1]?.id, boards[2]?.id]);
  });

  test('those that match and that the filter accepts', () => {
    const { t } = aStore([{ arch: 'arm', site: 'a' }, { arch: 'x86' }, { arch: 'arm', site: 'b' }]);
    expect(
      t.do(add({ match: { arch: 'arm' }, filter: 'labels.site == "b"' })).moved.map(({ name }) => name),
    ).toEqual(['store-3']);
    expect(refusalOf(() => t.do(add({ filter: 'labels.site = ' })))).toMatchObject({
      code: 'invalid_filter',
      at: '/filter',
    });
  });

  test('nothing that is leased, set aside, held or quarantined', () => {
    const { t, boards } = aStore([{}, {}, {}, {}]);
    t.request('ann', [{ pool: 'store', count: 1, filter: 'name == "store-1"' }]);
    // Waits for two, and has the only one that fits set aside.
    t.staticPool('zoo', []);
    t.request('bob', [
      { pool: 'store', count: 1, filter: 'name == "store-2"' },
      { pool: 'zoo', count: 1 },
    ]);
    t.do({ type: 'actOnResource', resource: boards[2]?.id as string, action: 'quarantine', reason: 'smoke' });
    expect(t.do(add({ isAll: true })).moved.map(({ name }) => name)).toEqual(['store-4']);
    const { message } = refusalOf(() => t.do(add()));
    expect(message).toBe(
      '0 of at least 1 can move from pool "store" to pool "lab", so none was moved. Of the others, 1 is leased, ' +
        '1 is set aside for a lease that waits, 1 is quarantined. Wait until more are free, or ask for fewer with minimum.',
    );
  });

  test('no name that the other pool has already', () => {
    const { t } = aStore();
    t.do({ type: 'registerResource', pool: 'lab', name: 'store-1' });
    expect(t.do(add({ isAll: true })).moved.map(({ name }) => name)).toEqual(['store-2', 'store-3']);
    expect(refusalOf(() => t.do(add({ names: ['store-1'] })))).toMatchObject({
      code: 'too_few_members',
      at: '/names/0',
      message: expect.stringContaining('of a name that pool "lab" has already'),
    });
  });

  test('those that are named, by name or id, quarantined ones too, which stay so', () => {
    const { t, boards } = aStore();
    const [first, second, third] = boards.map(({ id }) => id);
    t.do({ type: 'actOnResource', resource: third as string, action: 'quarantine', reason: 'smoke' });
    const { moved } = t.do(add({ names: ['store-3'], ids: [first as string] }));
    expect(moved.map(({ id, status }) => [id, status])).toEqual([
      [third, 'quarantined'],
      [first, 'free'],
    ]);
    expect(namesIn(t, 'store')).toEqual([t.resource(second as string).name]);
  });

  test('is the same for the same world, and never too many', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }),
        fc.integer({ min: 1, max: 8 }),
        (sites, count) => {
          const chosen = [0, 1].map(() => {
            const { t } = aStore(sites.map((site) => ({ site })));
            const fitting = sites.filter((site) => site === 'a').length;
            const { moved } = t.do(add({ count, minimum: 0, match: { site: 'a' } }));
            expect(moved).toHaveLength(Math.min(count, fitting));
            expect(checkWorld(t.world)).toEqual([]);
            return moved.map(({ name }) => name);
          });
          expect(chosen[0]).toEqual(chosen[1]);
        },
      ),
    );
  });
});

describe('the minimum (P20)', () => {
  test('between minimum and count, what there is moves', () => {
    const { t } = aStore();
    expect(t.do(add({ count: 9, minimum: 2 })).moved).toHaveLength(3);
  });

  test.each<[string, Partial<MoveMembers>]>([
    ['a count that is not reached', { count: 4 }],
    ['a minimum that is not reached', { count: 9, minimum: 4 }],
    ['all, and more at least than there are', { isAll: true, minimum: 4 }],
    ['a name that is not there', { names: ['store-1', 'nope'] }],
    ['an id of another pool', { ids: ['res_nope'] }],
  ])('nothing moves for %s', (_what, choice) => {
    const { t } = aStore();
    expect(refusalOf(() => t.do(add(choice))).code).toBe('too_few_members');
    expect([namesIn(t, 'store').length, namesIn(t, 'lab').length]).toEqual([3, 0]);
  });

  test('of those that are named, each that cannot go is said, with the reason', () => {
    const { t } = aStore();
    t.request('ann', [{ pool: 'store', count: 1, filter: 'name == "store-1"' }]);
    const input = add({ names: ['store-1', 'store-2', 'store-2', 'nope'] });
    expect(() => t.do(input)).toThrow(
      expect.objectContaining({
        faults: [
          { pointer: '/names/0', message: '"store-1" is leased' },
          { pointer: '/names/2', message: '"store-2" is named twice' },
          { pointer: '/names/3', message: '"nope" is not in pool "store"' },
        ],
      }),
    );
    expect(t.do({ ...input, minimum: 1 }).moved.map(({ name }) => name)).toEqual(['store-2']);
  });

  test('all of none is no fault', () => {
    const { t } = aStore([]);
    expect(t.do(add({ isAll: true }))).toEqual({ moved: [], left: 0 });
  });

  test('one decision moves so many, and says how many it left', () => {
    const { t } = aStore(Array.from({ length: MOVE_COUNT_MAX + 2 }, () => ({})));
    const { moved, left } = t.do(add({ isAll: true }));
    expect([moved.length, left]).toEqual([MOVE_COUNT_MAX, 2]);
    expect(t.do(add({ isAll: true })).moved).toHaveLength(2);
  });
});

describe('what makes no sense is refused at its member', () => {
  test.each<[string, Partial<MoveMembers>]>([
    ['/count', { count: 2, isAll: true }],
    ['/count', { count: 2, names: ['store-1'] }],
    ['/count', { count: MOVE_COUNT_MAX + 1 }],
    ['/all', { isAll: true, ids: ['res_1'] }],
    ['/names', { names: [] }],
    ['/ids', { ids: [] }],
    ['/minimum', { count: 2, minimum: 3 }],
    ['/minimum', { names: ['store-1'], minimum: 2 }],
    ['/from', { other: 'lab' }],
  ])('%s %#', (at, choice) => {
    expect(refusalOf(() => aStore().t.do(add(choice)))).toMatchObject({ code: 'invalid_input', at });
  });
});

describe('the pools (P21)', () => {
  test('are of one kind and provider, and neither makes its members', () => {
    const { t } = aStore();
    t.staticPool('phones', [{}], { kind: 'phone' });
    t.sizedPool('web', { desired: 1 });
    t.finishJobs();
    expect(refusalOf(() => t.do(add({ other: 'phones' })))).toMatchObject({
      code: 'invalid_input',
      at: '/from',
    });
    expect(refusalOf(() => t.do(add({ other: 'web' })))).toMatchObject({
      code: 'invalid_input',
      at: '/from',
    });
    expect(refusalOf(() => t.do(add({ direction: 'remove', other: 'web' }))).code).toBe('pool_is_sized');
  });

  test('what moves keeps its id, its epoch, its uses and what is said of it', () => {
    const { t, boards } = aStore([{ arch: 'arm' }]);
    t.end(t.request('ann', 'store'));
    const before = t.resource(boards[0]?.id as string);
    const [after] = t.do(add()).moved;
    const { id, epoch, uses, labels, kind, provider, chain } = before;
    expect([epoch, uses]).toEqual([1, 1]);
    expect(after).toMatchObject({ id, epoch, uses, labels, kind, provider, chain, pool: 'lab' });
  });

  test('without a parent that is there, the other one has to be said; the refusal names the ways out', () => {
    const { t } = aStore();
    const { code, at, message } = refusalOf(() => t.do(add({ direction: 'remove', pool: 'store' })));
    expect([code, at]).toEqual(['pool_not_found', '/to']);
    for (const way of ['no pool "default"', 'with "to"', 'give "store" a parent'])
      expect(message).toContain(way);
    t.staticPool('default', []);
    t.do(add({ direction: 'remove', pool: 'store' }));
    expect(namesIn(t, 'default')).toEqual(['store-1']);
    expect(refusalOf(() => t.do(add({ direction: 'remove', pool: 'default' })))).toMatchObject({
      code: 'invalid_input',
      at: '/to',
    });
  });

  test('outside of the grant are not there', () => {
    const { t } = aStore();
    const outside = { code: 'pool_not_found', at: '/from' };
    expect(refusalOf(() => t.do(add({ grant: ['lab'] })))).toMatchObject(outside);
    expect(refusalOf(() => t.do(add({ grant: ['lab'], other: 'store' })))).toMatchObject(outside);
    expect(t.do(add({ grant: ['lab', 'store'] })).moved).toHaveLength(1);
  });

  test('that are being removed take none', () => {
    const { t } = aStore();
    t.staticPool('old', [{}, {}]);
    t.request('ann', 'old');
    t.do({ type: 'removePool', name: 'old' });
    expect(refusalOf(() => t.do(add({ direction: 'remove', pool: 'store', other: 'old' }))).code).toBe(
      'pool_being_removed',
    );
  });
});
