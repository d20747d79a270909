import { describe, expect, test } from 'vitest';
import { Refusal } from '../errors.ts';
import { actionsOn } from '../explain/explain-resource.ts';
import type { Resource, ResourceStatus } from '../model/resource.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { checkWorld } from '../world/check-world.ts';
import { putDocument } from '../world/world.ts';
import { RESOURCE_ACTIONS } from './act-on-resource.ts';
import type { ResourceAction } from './act-on-resource.ts';

type State = Exclude<ResourceStatus, 'gone'> | 'requested, held' | 'entering, held' | 'exiting, held';

function act(t: TestWorld, resource: string, action: ResourceAction, version?: number) {
  const more = version === undefined ? {} : { version };
  return t.decide({ type: 'actOnResource', resource, action, reason: 'smoke', ...more });
}

/** A member of a pool that makes its own, in the state. Those that no command leads to yet are put there. */
function aResource(state: State): { t: TestWorld; id: string } {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 });
  const id = t.world.resourceIds.first() as string;
  const put = (change: Partial<Resource>) =>
    void putDocument(t.world, 'resource', id, { ...t.resource(id), ...change });
  const [status, isHeld] = state.split(', ') as [ResourceStatus, 'held' | undefined];
  if (status === 'entering') {
    const job = t.world.jobOfResource.get(id) as string;
    const booting = { ...observationOf(id), liveness: 'BOOTING' as const };
    t.do({ type: 'finishJob', job, outcome: { result: 'created', observation: booting } });
  } else if (status !== 'requested') {
    t.finishJobs();
  }
  if (status === 'leased' || status === 'preparing') t.request('ann', 'web');
  if (status === 'exiting') act(t, id, 'retire');
  if (status === 'quarantined') act(t, id, 'quarantine');
  if (status === 'preparing' || status === 'cleaning' || status === 'standby') put({ status });
  if (isHeld === 'held') act(t, id, 'hold');
  expect(stateOf(t, id)).toBe(state);
  return { t, id };
}

function stateOf(t: TestWorld, id: string): string {
  const resource = t.world.resources.get(id);
  if (resource === undefined) return 'not there';
  const fate = resource.fate === 'recycle' ? '' : `, then ${resource.fate}`;
  return `${resource.status}${resource.hold === null ? '' : ', held'}${fate}`;
}

/** What each action makes of each state; "refused" changes nothing, and so does the state itself. */
const TABLE: Record<State, Record<ResourceAction, string>> = {
  requested: {
    hold: 'requested, held',
    retry: 'refused',
    skip: 'refused',
    quarantine: 'refused',
    retire: 'exiting',
  },
  'requested, held': {
    hold: 'requested, held',
    retry: 'requested',
    skip: 'refused',
    quarantine: 'refused',
    retire: 'exiting',
  },
  entering: {
    hold: 'entering, held',
    retry: 'refused',
    skip: 'refused',
    quarantine: 'quarantined',
    retire: 'exiting',
  },
  'entering, held': {
    hold: 'entering, held',
    retry: 'entering',
    skip: 'free',
    quarantine: 'quarantined',
    retire: 'exiting',
  },
  free: { hold: 'refused', retry: 'refused', skip: 'refused', quarantine: 'quarantined', retire: 'exiting' },
  preparing: {
    hold: 'refused',
    retry: 'refused',
    skip: 'refused',
    quarantine: 'preparing, then quarantine',
    retire: 'preparing, then retire',
  },
  leased: {
    hold: 'refused',
    retry: 'refused',
    skip: 'refused',
    quarantine: 'leased, then quarantine',
    retire: 'leased, then retire',
  },
  cleaning: {
    hold: 'refused',
    retry: 'refused',
    skip: 'refused',
    quarantine: 'quarantined',
    retire: 'exiting',
  },
  exiting: {
    hold: 'exiting, held',
    retry: 'refused',
    skip: 'refused',
    quarantine: 'refused',
    retire: 'exiting',
  },
  'exiting, held': {
    hold: 'exiting, held',
    retry: 'exiting',
    skip: 'not there',
    quarantine: 'quarantined',
    retire: 'exiting, held',
  },
  standby: {
    hold: 'refused',
    retry: 'refused',
    skip: 'refused',
    quarantine: 'quarantined',
    retire: 'exiting',
  },
  quarantined: { hold: 'refused', retry: 'free', skip: 'refused', quarantine: 'refused', retire: 'exiting' },
};

const CASES = (Object.keys(TABLE) as State[]).flatMap((state) =>
  RESOURCE_ACTIONS.map((action) => ({ state, action, becomes: TABLE[state][action] })),
);

describe('every action × every state (R5, R7, R11)', () => {
  test.each(CASES)('$action of what is $state → $becomes', ({ state, action, becomes }) => {
    const { t, id } = aResource(state);
    const before = t.resource(id);
    if (becomes === 'refused') {
      expect(refusalOf(() => act(t, id, action)).code).toBe('resource_transition_refused');
      expect(t.resource(id)).toBe(before);
      return;
    }
    const { reply } = act(t, id, action);
    expect(stateOf(t, id)).toBe(becomes);
    expect(reply).toBe(t.world.resources.get(id));
    expect(checkWorld(t.world)).toEqual([]);
  });

  test.each(CASES)('a person is offered to $action what is $state only where that does something', (row) => {
    const { state, action, becomes } = row;
    const { t, id } = aResource(state);
    const isOffered = actionsOn(t.resource(id)).includes(action);
    expect(isOffered).toBe(becomes !== 'refused' && becomes !== state);
  });
});

describe('a hold stops the outside work, and retry starts it again (R11, J1)', () => {
  test.each([
    ['requested', 'create'],
    ['entering', 'create'],
    ['exiting', 'destroy'],
  ] as const)('while it is %s: %s', (state, kind) => {
    const { t, id } = aResource(state);
    const { events } = act(t, id, 'hold');
    expect(events).toEqual([
      expect.objectContaining({ type: 'resource.held', data: { reason: 'smoke', status: state } }),
    ]);
    expect(t.resource(id).hold).toEqual({ reason: 'smoke', since: t.now, step: null, run: null });
    expect(t.world.jobOfResource.has(id)).toBe(false);
    act(t, id, 'retry');
    expect(t.resource(id).hold).toBeNull();
    const job = t.world.jobs.get(t.world.jobOfResource.get(id) ?? '');
    expect(job).toMatchObject({ kind, attempts: 0, notBefore: t.now });
  });
});

describe('what is leased is never taken (R7)', () => {
  test.each([
    ['retire', 'exiting'],
    ['quarantine', 'quarantined'],
  ] as const)('%s waits for its return, then it is %s', (action, becomes) => {
    const { t, id } = aResource('leased');
    const [lease] = [...t.world.leases.values()];
    act(t, id, action);
    expect(t.held(lease as { id: string })).toHaveLength(1);
    expect(act(t, id, action).changes).toEqual([]);
    t.end(lease as { id: string });
    expect(t.resource(id)).toMatchObject({ status: becomes, leaseId: null });
  });

  test('the last word counts: a quarantine after a retire', () => {
    const { t, id } = aResource('leased');
    act(t, id, 'retire');
    act(t, id, 'quarantine');
    t.end([...t.world.leases.values()][0] as { id: string });
    expect(t.resource(id)).toMatchObject({ status: 'quarantined', fate: 'recycle' });
  });
});

describe('what is quarantined', () => {
  test('is lent to nobody, and goes to the first who waits when it is taken back (R12)', () => {
    const t = new TestWorld();
    const [board] = t.staticPool('boards', [{}]);
    act(t, board?.id as string, 'quarantine');
    const lease = t.request('ann', 'boards');
    expect(t.held(lease)).toEqual([]);
    act(t, board?.id as string, 'retry');
    expect(t.held(lease)).toEqual(['boards-1']);
  });

  test('has no job whose answer could matter, also where one was repeated for it (J1)', () => {
    const { t, id } = aResource('entering, held');
    act(t, id, 'retry');
    const [job] = [...t.world.jobs.keys()];
    act(t, id, 'quarantine');
    const outcome = { result: 'failed', reason: 'refused', error: 'no' } as const;
    expect(t.do({ type: 'finishJob', job: job as string, outcome })).toEqual({ isAccepted: false });
    expect(t.resource(id)).toMatchObject({ status: 'quarantined', hold: null });
  });

  test('is taken from the lease that it was set aside for, which gathers again (L4)', () => {
    const t = new TestWorld();
    const [first, second] = t.staticPool('boards', [{}, {}]);
    const lease = t.request('ann', [{ pool: 'boards', count: 3 }]);
    act(t, first?.id as string, 'quarantine');
    expect(t.lease(lease.id)).toMatchObject({ setAside: [{ resource: second?.id }] });
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('a resource moves to another pool (R14)', () => {
  function twoPools(): { t: TestWorld; id: string } {
    const t = new TestWorld();
    const [board] = t.staticPool('boards', [{ arch: 'arm' }]);
    t.staticPool('annex', []);
    return { t, id: board?.id as string };
  }
  const move = (t: TestWorld, resource: string, pool = 'annex') =>
    t.decide({ type: 'moveResource', resource, pool });

  test('and serves who waits there', () => {
    const { t, id } = twoPools();
    const lease = t.request('ann', [{ pool: 'annex', count: 1, match: { arch: 'arm' } }]);
    const { events } = move(t, id);
    expect(events.map((event) => event.type)).toEqual([
      'resource.moved',
      'resource.entered',
      'lease.granted',
    ]);
    expect(events[0]).toMatchObject({ pool: 'annex', data: { from: 'boards' } });
    expect(t.held(lease)).toEqual(['boards-1']);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('and leaves the lease that it was set aside for', () => {
    const { t, id } = twoPools();
    const lease = t.request('ann', [{ pool: 'boards', count: 2 }]);
    move(t, id);
    expect(t.lease(lease.id)).toMatchObject({ setAside: [] });
    expect(t.resource(id)).toMatchObject({ pool: 'annex', leaseId: null });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('to where it is already: nothing changes', () => {
    const { t, id } = twoPools();
    expect(move(t, id, 'boards').changes).toEqual([]);
  });

  test('is refused where the move makes no sense', () => {
    const { t, id } = twoPools();
    t.sizedPool('web', { desired: 0 });
    t.do({ type: 'putPool', name: 'accounts', merge: false, spec: { provider: 'hand', kind: 'account' } });
    t.do({ type: 'registerResource', pool: 'annex', name: 'boards-1' });
    expect(refusalOf(() => move(t, id, 'none'))).toMatchObject({ code: 'pool_not_found', at: '/pool' });
    expect(refusalOf(() => move(t, id, 'web'))).toMatchObject({ code: 'pool_is_sized', at: '/pool' });
    expect(refusalOf(() => move(t, id, 'accounts')).code).toBe('resource_transition_refused');
    expect(refusalOf(() => move(t, id)).code).toBe('resource_name_taken');
    expect(refusalOf(() => move(t, 'none')).code).toBe('resource_not_found');
    t.request('ann', 'boards');
    expect(refusalOf(() => move(t, id)).code).toBe('resource_transition_refused');
  });

  test('is refused for what was read before it changed', () => {
    const { t, id } = twoPools();
    const stale = { type: 'moveResource', resource: id, pool: 'annex', version: 77 } as const;
    expect(() => t.do(stale)).toThrow(Refusal);
  });
});

test('what is not there, or changed since it was read, is not acted on', () => {
  const { t, id } = aResource('free');
  expect(refusalOf(() => act(t, 'none', 'retire')).code).toBe('resource_not_found');
  expect(refusalOf(() => act(t, id, 'retire', 77)).code).toBe('version_mismatch');
  act(t, id, 'retire', t.resource(id).version);
  expect(t.resource(id).status).toBe('exiting');
});

test('what was seen dead while it was held is not made ready by a word (R11)', () => {
  const { t, id } = aResource('entering, held');
  const dead = { ...observationOf(id), machine: 'TERMINATED' as const, liveness: 'UNKNOWN' as const };
  t.do({ type: 'observe', provider: 'maker', startedAt: t.now + 1, observations: [dead] });
  expect(stateOf(t, id)).toBe('entering, held');
  act(t, id, 'skip');
  expect(stateOf(t, id)).toBe('exiting');
  expect(checkWorld(t.world)).toEqual([]);
});

test.each(['retry', 'skip'] as const)(
  'what was seen dead while a step of its move was held is not brought on by a %s (R11, T10)',
  (action) => {
    const t = new TestWorld();
    t.workflow('install', [{ name: 'install' }]);
    t.sizedPool('made', { desired: 1 }, { on: { enter: { workflow: 'install' } } });
    const [{ id } = { id: '' }] = t.world.resources.values();
    const [create] = t.world.jobs.keys();
    const created = { result: 'created', observation: observationOf(id) } as const;
    t.do({ type: 'finishJob', job: create as string, outcome: created });
    t.finishStep(id, { isPassed: false, error: 'no' });
    expect(stateOf(t, id)).toBe('entering, held');
    const dead = { ...observationOf(id), machine: 'TERMINATED' as const, liveness: 'UNKNOWN' as const };
    t.do({ type: 'observe', provider: 'maker', startedAt: t.now + 1, observations: [dead] });
    act(t, id, action);
    expect(stateOf(t, id)).toBe('exiting');
    expect(t.world.runs.size).toBe(0);
    expect(checkWorld(t.world)).toEqual([]);
  },
);
