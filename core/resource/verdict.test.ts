import { expect, test } from 'vitest';
import type { TurnoverRecord } from '../model/turnover.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

const act = (t: TestWorld, resource: string, action: 'retry' | 'skip' | 'retire' | 'quarantine' | 'hold') =>
  t.do({ type: 'actOnResource', resource, action, reason: 'I looked', by: 'olga' });

function recordsOf(t: TestWorld, run: () => void): TurnoverRecord[] {
  const records: TurnoverRecord[] = [];
  const real = t.decide.bind(t);
  t.decide = (command) => {
    const decision = real(command);
    for (const { jws } of decision.records) records.push(JSON.parse(jws) as TurnoverRecord);
    expect(checkWorld(t.world)).toEqual([]);
    return decision;
  };
  run();
  return records;
}

/** A board of a pool that looks twice; the first look passed, and the second one found something. */
function foundDirty() {
  const t = new TestWorld();
  t.workflow('wipe', [{ name: 'erase' }]);
  t.workflow('look', [{ name: 'disk' }, { name: 'memory', onFailure: 'quarantine' }]);
  t.staticPool('bench', [], { on: { release: { clean: 'wipe' } } });
  const [board] = t.staticPool('boards', [{}], { on: { release: { clean: 'wipe', verify: 'look' } } });
  const id = board?.id as string;
  t.end(t.request('ann', 'boards'));
  t.finishStep(id);
  t.finishStep(id);
  t.finishStep(id, { isPassed: false, error: 'found a key' });
  return { t, id };
}

test('a verification that passed before it found something proves nothing of a later release (T1)', () => {
  const { t, id } = foundDirty();
  expect(t.resource(id).status).toBe('quarantined');
  t.do({ type: 'moveResource', resource: id, pool: 'bench' });
  const [record] = recordsOf(t, () => {
    act(t, id, 'retry');
    t.finishJobs();
  });
  expect(t.resource(id).status).toBe('free');
  expect(record?.verdict).toBe('cleaned');
});

test('where its pool no longer verifies, what passed before a retry is no verification (T1)', () => {
  const { t, id } = foundDirty();
  act(t, id, 'retry');
  t.workflow('look', [{ name: 'disk' }, { name: 'memory' }]);
  act(t, id, 'quarantine');
  act(t, id, 'retry');
  t.finishStep(id);
  t.finishStep(id);
  t.finishStep(id, { isPassed: false, error: 'found a key' });
  t.do({ type: 'putPool', name: 'boards', merge: true, spec: { on: { release: { clean: 'wipe' } } } });
  const [record] = recordsOf(t, () => {
    act(t, id, 'retry');
    t.finishJobs();
  });
  expect(record?.verdict).toBe('cleaned');
});

test('a retry starts again where the same workflows stand in another order (T8)', () => {
  const t = new TestWorld();
  t.workflow('one', [{ name: 'a' }]);
  t.workflow('two', [{ name: 'b' }]);
  const [board] = t.staticPool('boards', [{}], { on: { release: { clean: 'one', verify: 'two' } } });
  const id = board?.id as string;
  t.end(t.request('ann', 'boards'));
  t.finishStep(id);
  t.finishStep(id, { isPassed: false });
  const release = { clean: 'two', verify: 'one' };
  t.do({ type: 'putPool', name: 'boards', merge: true, spec: { on: { release } } });
  act(t, id, 'retry');
  expect(t.run(id)).toMatchObject({ at: 0, steps: [{ name: 'b' }, { name: 'a' }] });
});

test('what was to go when its release began goes when that is over, whatever its pool says by then (T10)', () => {
  const t = new TestWorld();
  t.workflow('look', [{ name: 'empty' }]);
  const release = { addParams: { by: '${params.who}' } };
  const [board] = t.staticPool('boards', [{}], { maxUses: 1, on: { release } });
  const id = board?.id as string;
  t.end(t.request('ann', 'boards'));
  expect(t.resource(id)).toMatchObject({ status: 'cleaning', hold: { step: null } });
  const spec = { maxUses: null, on: { release: { verify: 'look' } } };
  t.do({ type: 'putPool', name: 'boards', merge: true, spec });
  act(t, id, 'retry');
  expect(t.resource(id).status).toBe('exiting');
});
