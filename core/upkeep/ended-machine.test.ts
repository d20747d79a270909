import { expect, test } from 'vitest';
import type { Resource } from '../model/resource.ts';
import {
  anUpkeep,
  listed,
  look,
  membersOf,
  ROUNDS,
  settleRounds,
  tickAfter,
} from '../testing/upkeep-builder.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { explainResource } from '../explain/explain-resource.ts';
import { machineIdOf } from './find-machine.ts';
import { poolSize } from './pool-size.ts';

/** Two machines, the first of which its cloud says has ended. */
function anEnded(): { t: TestWorld; ended: Resource; lives: Resource } {
  const t = new TestWorld();
  anUpkeep(t);
  look(t, []);
  t.do({ type: 'setSize', pool: 'web', desired: 2 });
  settleRounds(t);
  const [ended, lives] = membersOf(t) as [Resource, Resource];
  tickAfter(t, ROUNDS.fetchMs);
  look(t, [listed(ended, { machine: 'TERMINATED' }), listed(lives)]);
  t.finishJobs();
  return { t, ended, lives };
}

test('a machine that has ended stays for as long as its cloud lists it, and counts for nothing (U18)', () => {
  const { t, ended, lives } = anEnded();
  expect(t.resource(ended.id)).toMatchObject({ status: 'exiting', machine: 'TERMINATED' });
  expect(explainResource(t.world, ended.id).summary).toContain('It has ended.');
  expect(poolSize(t.world, 'web')).toEqual({ desired: 2, allocated: 1, active: 1 });
  expect(checkWorld(t.world)).toEqual([]);
  tickAfter(t, ROUNDS.fetchMs);
  look(t, [listed(ended, { machine: 'TERMINATED' }), listed(lives)]);
  expect(t.resource(ended.id).machine).toBe('TERMINATED');
  tickAfter(t, ROUNDS.fetchMs);
  const { events } = look(t, [listed(lives)]);
  expect(t.world.resources.has(ended.id)).toBe(false);
  expect(events.map(({ type }) => type)).toContain('resource.gone');
  expect(checkWorld(t.world)).toEqual([]);
});

test('it is no member to take away any more, and still one to write on (U18)', () => {
  const { t, ended } = anEnded();
  const machine = machineIdOf(ended);
  const ask = { do: 'terminate', lowersSize: true } as const;
  expect(refusalOf(() => t.do({ type: 'askMember', pool: 'web', machine, ask })).code).toBe(
    'machine_not_found',
  );
  t.do({
    type: 'askMember',
    pool: 'web',
    machine,
    ask: { do: 'mark', marks: { serviceState: 'OUT_OF_SERVICE' } },
  });
  expect(t.resource(ended.id).serviceState).toBe('OUT_OF_SERVICE');
});

test('what lives on after all is to end once more (U18)', () => {
  const { t, ended, lives } = anEnded();
  tickAfter(t, ROUNDS.fetchMs);
  look(t, [listed(ended, { machine: 'RUNNING' }), listed(lives)]);
  expect(t.world.jobs.get(t.world.jobOfResource.get(ended.id) ?? '')?.kind).toBe('destroy');
  expect(poolSize(t.world, 'web').allocated).toBe(1);
});

test('an instance that is removed forgets what has ended with the rest', () => {
  const { t } = anEnded();
  t.do({ type: 'removeUpkeep', name: 'web' });
  t.do({ type: 'tick' });
  expect([t.world.upkeeps.size, t.world.pools.size, t.world.resources.size]).toEqual([0, 0, 0]);
});
