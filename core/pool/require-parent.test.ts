import { expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';

function aTree(): { t: TestWorld; put: (name: string, parent: string | null) => () => unknown } {
  const t = new TestWorld();
  const put = (name: string, parent: string | null) => () => t.staticPool(name, [], { parent });
  put('lab', null)();
  put('boards', 'lab')();
  put('arm', 'boards')();
  return { t, put };
}

test('a pool hangs under the one that it names, or under the root, which needs no name', () => {
  const { t, put } = aTree();
  expect(t.world.pools.get('arm')?.pool.parent).toBe('boards');
  put('x86', 'default')();
  expect(t.world.pools.get('x86')?.pool.parent).toBeNull();
});

test('a parent that is not there is refused with the one that was probably meant', () => {
  const { put } = aTree();
  expect(refusalOf(put('x86', 'board'))).toEqual({
    code: 'pool_not_found',
    at: '/parent',
    message: 'there is no pool "board"; did you mean "boards"?',
  });
});

test('a pool is above itself neither at once nor by a way round', () => {
  const { put } = aTree();
  expect(refusalOf(put('lab', 'lab'))).toMatchObject({ code: 'invalid_input', at: '/parent' });
  expect(refusalOf(put('lab', 'arm'))).toEqual({
    code: 'invalid_input',
    at: '/parent',
    message: 'pool "lab" would be above itself: lab is under arm is under boards is under lab',
  });
});

test('nothing is hung under a pool that is being removed', () => {
  const { t, put } = aTree();
  const [member] = t.staticPool('old', [{}]);
  t.request('ann', 'old');
  t.do({ type: 'removePool', name: 'old' });
  expect(member).toBeDefined();
  expect(refusalOf(put('x86', 'old'))).toMatchObject({ code: 'pool_being_removed', at: '/parent' });
});
