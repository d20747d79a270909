import { createWorld, DOCUMENT_KINDS, Refusal } from '@poolkeeper/core';
import type { DocumentKind, World } from '@poolkeeper/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aPlainWorld, anyStep, commandOf } from '../../core/testing/any-command.ts';
import { checkWorld } from '../../core/world/check-world.ts';
import { aPool, put } from '../store/contract-documents.ts';
import type { DocumentChange } from '../store/shared-contract.ts';
import { applyChanges } from './world-follower.ts';

type Known = ReadonlyMap<string, { readonly kind: DocumentKind; readonly id: string; readonly document: object }>;

/** All documents of a world, by kind and id. */
function documentsOf(world: World): Known {
  const mapOf = (kind: DocumentKind): ReadonlyMap<string, object> =>
    kind === 'pool' ? new Map([...world.pools].map(([id, { pool }]) => [id, pool])) : world[`${kind}s`];
  return new Map(
    DOCUMENT_KINDS.flatMap((kind) =>
      [...mapOf(kind)].map(([id, document]) => [`${kind}/${id}`, { kind, id, document }] as const),
    ),
  );
}

/** What a store tells a follower: each document that changed, once, read from text. */
function changesBetween(before: Known, after: Known): DocumentChange[] {
  const gone = [...before.values()].filter(({ kind, id }) => !after.has(`${kind}/${id}`));
  const put = [...after.entries()].filter(([key, { document }]) => before.get(key)?.document !== document);
  return [
    ...gone.map(({ kind, id }) => ({ kind, id, document: null })),
    ...put.map(([, { kind, id, document }]) => ({ kind, id, document: structuredClone(document) })),
  ] as DocumentChange[];
}

/** Holds H5 and W1: what a follower knows is what it would know had it read everything. */
test('whatever happens, however much of it is told at once, in whatever order: a follower knows what its keeper does', () => {
  const moves = fc.array(fc.tuple(anyStep, fc.nat(3), fc.boolean()), { minLength: 10, maxLength: 50 });
  fc.assert(
    fc.property(moves, fc.boolean(), (steps, isMoving) => {
      const t = aPlainWorld(isMoving);
      const followed = createWorld();
      let known: Known = new Map();
      const tell = (isReversed: boolean): void => {
        const now = documentsOf(t.world);
        const changes = changesBetween(known, now);
        applyChanges(followed, isReversed ? changes.toReversed() : changes);
        known = now;
        Object.assign(followed.meta, t.world.meta);
        expectSame(followed, t.world);
      };
      steps.forEach(([step, more, isReversed], index) => {
        const command = commandOf(t, step, index);
        try {
          if (command !== undefined) t.decide(command);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
        if (more === 0) tell(isReversed);
      });
      tell(false);
    }),
    { numRuns: 100 },
  );
});

/** The same documents, and everything that a world derives from them anew. */
function expectSame(followed: World, world: World): void {
  expect(new Map([...documentsOf(followed)].toSorted())).toEqual(new Map([...documentsOf(world)].toSorted()));
  // Which pools are to be looked at again is each world's own.
  followed.unsettledPools.clear();
  for (const name of world.unsettledPools) followed.unsettledPools.add(name);
  expect(checkWorld(followed)).toEqual([]);
}

describe('a name that went from one to another', () => {
  const pool = (name: string, type?: string) => ({
    kind: 'pool' as const,
    id: name,
    document: {
      ...aPool(name),
      ...(type === undefined ? {} : { stages: { type, initial: 'free', isRepeatable: false, silenceMs: null } }),
    } as never,
  });
  const member = (id: string, name: string, pool: string) =>
    ({ ...put(id), document: { ...put(id).document, name, pool } }) as DocumentChange;

  test.each([[false], [true]])('is the one\'s who has it now, whoever is told of first (reversed: %s)', (isReversed) => {
    const world = createWorld();
    applyChanges(world, [pool('a'), pool('b'), member('res_1', 'x', 'a'), member('res_2', 'y', 'b')]);
    const changes = [member('res_1', 'x', 'b'), member('res_3', 'x', 'a')];
    applyChanges(world, isReversed ? changes.toReversed() : changes);
    expect([...(world.pools.get('a')?.idByName ?? [])]).toEqual([['x', 'res_3']]);
    expect(world.pools.get('b')?.idByName.get('x')).toBe('res_1');
  });

  test('is not lost by a pool that is staged while one of its members leaves', () => {
    const world = createWorld();
    applyChanges(world, [pool('a'), pool('b', 'b'), pool('c'), member('res_1', 'x', 'a'), member('res_2', 'x', 'b')]);
    applyChanges(world, [pool('a', 'a'), member('res_1', 'x', 'c')]);
    expect([...world.stagedByName]).toEqual([['x', 'res_2']]);
  });

  test('is known of a pool whose keeper is another', () => {
    const world = createWorld();
    const upkeep = (name: string, pool: string | null) =>
      ({ kind: 'upkeep', id: name, document: { name, pool, nextLookAt: null, nextRoundAt: null } }) as never;
    applyChanges(world, [upkeep('one', 'p'), upkeep('two', null)]);
    applyChanges(world, [upkeep('two', 'p'), upkeep('one', null)]);
    expect([...world.upkeepOfPool]).toEqual([['p', 'two']]);
  });
});
