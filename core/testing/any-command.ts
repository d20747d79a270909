/*
 * Why so long: one world that everything can happen to, and one command for each thing that can; apart, a verb that nobody walks would not
 * be missed.
 */
import fc from 'fast-check';
import type { Command } from '../decide.ts';
import type { PoolSpec } from '../model/pool.ts';
import { machineIdOf } from '../upkeep/find-machine.ts';
import { aConfigureUpkeep, aThing, listed, membersOf } from './upkeep-builder.ts';
import { anOutcome, observationOf, TestWorld } from './world-builder.ts';

const POOLS = ['alpha', 'beta', 'made', 'tight'] as const;
/** Of a cloud pool instance, which comes and goes; nobody else may remove or remake it. */
export const ROUNDS_POOL = 'web';
/** Divides its size over a pool in rounds and one that follows its size at once. */
export const WHOLE = 'whole';
const HOLDERS = ['ann', 'bob', 'cyd'] as const;

const item = fc.record({
  pool: fc.constantFrom(...POOLS, ROUNDS_POOL),
  count: fc.integer({ min: 1, max: 3 }),
  match: fc.constantFrom({}, {}, { arch: 'arm' }, { arch: 'x86' }, { arch: 'arm', disk: 'big' }),
  filter: fc.constantFrom(null, null, 'labels.arch == "arm"'),
  slack: fc.integer({ min: 0, max: 2 }),
});
/** A command, with numbers in the place of what is only known when it is its turn. */
export const anyStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      holder: fc.constantFrom(...HOLDERS),
      items: fc.array(item, { minLength: 1, maxLength: 3 }),
      priority: fc.integer({ min: 0, max: 2 }),
      heartbeat: fc.boolean(),
      key: fc.option(fc.integer({ max: 5, min: 0 })),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('end' as const), pick: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('renew' as const, 'beat' as const), pick: fc.nat() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('job' as const),
      pick: fc.nat(),
      outcome: fc.constantFrom('done', 'done', 'transient', 'refused', 'missing', 'going', 'booting', 'no'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('step' as const),
      pick: fc.nat(),
      outcome: fc.constantFrom('passed' as const, 'passed' as const, 'failed' as const, 'never' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('approve' as const), pick: fc.nat(), yes: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('workflow' as const), pick: fc.nat() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'retire' as const,
        'quarantine' as const,
        'retry' as const,
        'skip' as const,
        'hold' as const,
        'move' as const,
      ),
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('label' as const),
      pick: fc.nat(),
      arch: fc.constantFrom('arm', 'x86'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('tick' as const), passMs: fc.integer({ min: 0, max: 60_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('observe' as const),
      pick: fc.nat(),
      how: fc.constantFrom('well' as const, 'missing' as const, 'dead' as const, 'unhealthy' as const),
      passMs: fc.integer({ min: 0, max: 40_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('evict' as const), pick: fc.nat(), may: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('removePool' as const, 'putPool' as const), pick: fc.nat() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('template' as const), arch: fc.constantFrom('arm', 'x86') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('configure' as const, 'plan' as const),
      pools: fc.subarray([...POOLS]),
      desired: fc.integer({ min: 0, max: 3 }),
      arch: fc.constantFrom('arm', 'x86'),
      isPruning: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('size' as const),
      desired: fc.integer({ min: 0, max: 5 }),
      buffer: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      pool: fc.constantFrom('alpha', 'beta'),
      queue: fc.constantFrom('fifo' as const, 'priority' as const, 'fair' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('look' as const),
      pick: fc.nat(),
      how: fc.constantFrom(
        'well' as const,
        'well' as const,
        'stranger' as const,
        'missing' as const,
        'dead' as const,
        'old' as const,
        'failed' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('resize' as const), desired: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      pick: fc.nat(),
      ask: fc.oneof(
        fc.record({ do: fc.constantFrom('terminate' as const, 'detach' as const), lowersSize: fc.boolean() }),
        fc.record({ do: fc.constant('attach' as const) }),
        fc.record({
          do: fc.constant('mark' as const),
          marks: fc.record({ membership: fc.record({ active: fc.boolean(), evictable: fc.boolean() }) }),
        }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'start' as const,
        'start' as const,
        'stop' as const,
        'forget' as const,
        'remake' as const,
      ),
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('split' as const),
      desired: fc.integer({ min: 0, max: 4 }),
      weight: fc.integer({ min: 1, max: 3 }),
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      arch: fc.constantFrom('arm', 'x86'),
      pool: fc.constantFrom('alpha', 'beta'),
    }),
  },
);
export type AnyStep = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

function pickFrom<T>(all: Iterable<T>, index: number): T | undefined {
  const list = [...all];
  return list[index % Math.max(1, list.length)];
}

/** The command that a step stands for in this world; undefined where there is nothing that it could be about. */
export function commandOf(t: TestWorld, s: AnyStep, n: number): Command | undefined {
  const { world } = t;
  switch (s.do) {
    case 'request':
      return {
        type: 'requestLease',
        holder: s.holder,
        items: s.items.map(({ slack, ...rest }) => ({ ...rest, minimum: Math.max(1, rest.count - slack) })),
        priority: s.priority,
        durationMs: 30_000,
        ...(s.heartbeat ? { heartbeatMs: 5_000 } : {}),
        ...(s.key === null ? {} : { idempotency: { key: String(s.key), fingerprint: JSON.stringify(s) } }),
      };
    case 'end': {
      const id = pickFrom(world.leases.keys(), s.pick);
      return id === undefined ? undefined : { type: 'endLease', lease: id, asHolder: null };
    }
    case 'renew':
    case 'beat': {
      const id = pickFrom(world.leases.keys(), s.pick);
      if (id === undefined) return undefined;
      return { type: s.do === 'renew' ? 'renewLease' : 'heartbeatLease', lease: id, asHolder: null };
    }
    case 'job': {
      const job = pickFrom(world.jobs.values(), s.pick);
      if (job === undefined) return undefined;
      const created = { result: 'created', observation: observationOf(job.resource) } as const;
      const stepped = (isPassed: boolean) =>
        ({ result: 'stepped', step: anOutcome({ isPassed, error: isPassed ? null : 'no' }) }) as const;
      if (s.outcome === 'no') return { type: 'finishJob', job: job.id, outcome: stepped(false) };
      const let_go = { result: 'done' } as const;
      const ends = {
        create: created,
        attach: created,
        destroy: { result: 'gone' },
        detach: let_go,
        mark: let_go,
        step: stepped(true),
      } as const;
      const done = ends[job.kind];
      const booting = {
        result: 'created',
        observation: { ...created.observation, machine: 'PENDING', liveness: 'BOOTING' },
      } as const;
      const failed = (reason: 'transient' | 'refused' | 'missing') =>
        ({ result: 'failed', reason, error: 'no' }) as const;
      const outcome =
        s.outcome === 'done'
          ? done
          : s.outcome === 'booting'
            ? job.kind === 'create'
              ? booting
              : done
            : s.outcome === 'going'
              ? job.kind === 'destroy'
                ? ({ result: 'going' } as const)
                : done
              : failed(s.outcome as 'transient' | 'refused' | 'missing');
      return { type: 'finishJob', job: job.id, outcome };
    }
    case 'step': {
      const job = pickFrom(
        [...world.jobs.values()].filter(({ kind }) => kind === 'step'),
        s.pick,
      );
      if (job === undefined) return undefined;
      const isPassed = s.outcome === 'passed';
      const step = anOutcome({ isPassed, mayRetry: s.outcome !== 'never', error: isPassed ? null : 'no' });
      return { type: 'finishJob', job: job.id, outcome: { result: 'stepped', step } };
    }
    case 'approve': {
      const run = pickFrom(world.runs.keys(), s.pick);
      if (run === undefined) return undefined;
      return { type: 'decideApproval', run, isApproved: s.yes, by: 'olga', reason: 'test' };
    }
    case 'workflow':
      // Whoever changes a workflow in the middle of a run changes it for the next retry.
      t.workflow('wipe', [
        { name: 'erase', retries: s.pick % 2 },
        ...(s.pick % 3 === 0 ? [{ name: 'more' }] : []),
      ]);
      return undefined;
    case 'move': {
      const id = pickFrom(world.resources.keys(), s.pick);
      return id === undefined
        ? undefined
        : { type: 'moveResource', resource: id, pool: s.pick % 2 === 0 ? 'alpha' : 'beta' };
    }
    case 'retire':
    case 'quarantine':
    case 'retry':
    case 'skip':
    case 'hold': {
      const id = pickFrom(world.resources.keys(), s.pick);
      return id === undefined
        ? undefined
        : { type: 'actOnResource', resource: id, action: s.do, reason: 'test' };
    }
    case 'label': {
      const id = pickFrom(world.resources.keys(), s.pick);
      return id === undefined ? undefined : { type: 'changeTraits', resource: id, labels: { arch: s.arch } };
    }
    case 'tick':
      t.now += s.passMs;
      return { type: 'tick' };
    case 'observe': {
      const made = [...world.resources.values()].filter(
        (r) => r.provider === 'maker' && r.externalId !== null,
      );
      const odd = s.how === 'well' ? undefined : pickFrom(made, s.pick);
      const seen = s.how === 'dead' ? { machine: 'TERMINATED' as const } : { liveness: 'UNHEALTHY' as const };
      t.now += s.passMs;
      return {
        type: 'observe',
        provider: 'maker',
        startedAt: t.now + 1,
        observations: made
          .filter((r) => s.how !== 'missing' || r !== odd)
          .map((r) => ({ ...observationOf(r.id), ...(r === odd ? seen : {}) })),
      };
    }
    case 'evict': {
      const id = pickFrom(world.resources.keys(), s.pick);
      return id === undefined ? undefined : { type: 'changeTraits', resource: id, isEvictable: s.may };
    }
    case 'removePool':
      return { type: 'removePool', name: pickFrom(POOLS, s.pick) as string };
    case 'putPool': {
      const name = pickFrom(POOLS, s.pick) as string;
      const spec =
        name === 'made' ? { provider: 'maker', size: { desired: 2 }, template: {} } : { provider: 'hand' };
      return { type: 'putPool', name, merge: false, spec };
    }
    case 'template':
      return { type: 'putPool', name: 'made', merge: true, spec: { template: { labels: { arch: s.arch } } } };
    case 'resume':
      return { type: 'resumeResources', provider: 'maker' };
    case 'configure':
    case 'plan': {
      const providers = s.pools.includes('made') ? [MAKER, HAND] : [HAND];
      const pools = s.pools.map((name) =>
        name === 'made'
          ? { spec: { name, ...madeOf(s.desired, s.arch) }, resources: [] }
          : {
              spec: { name, provider: 'hand' },
              resources: [{ name: `${name}-1`, labels: { arch: s.arch } }],
            },
      );
      const configuration = { providers, pools, isPruning: s.isPruning };
      if (s.do === 'plan') return { type: 'planConfiguration', ...configuration };
      return { type: 'configure', ...configuration, agreed: null };
    }
    case 'size':
      return {
        type: 'putPool',
        name: 'made',
        merge: true,
        spec: { size: s.buffer ? { min: 1, max: 4, buffer: s.desired } : { desired: s.desired } },
      };
    case 'order':
      return { type: 'putPool', name: s.pool, merge: true, spec: { lease: { queue: s.queue } as never } };
    case 'look':
      return lookOf(t, s, n);
    case 'resize':
      return { type: 'setSize', pool: ROUNDS_POOL, desired: s.desired };
    case 'ask': {
      const members = membersOf(t).map(machineIdOf);
      const machine = s.ask.do === 'attach' ? `vm-${s.pick % 4}` : pickFrom(members, s.pick);
      return machine === undefined
        ? undefined
        : { type: 'askMember', pool: ROUNDS_POOL, machine, ask: s.ask };
    }
    case 'start':
      return { type: 'startUpkeep', name: ROUNDS_POOL };
    case 'stop':
      return { type: 'stopUpkeep', name: ROUNDS_POOL };
    case 'forget':
      return s.pick % 3 === 0 ? { type: 'removeUpkeep', name: ROUNDS_POOL } : undefined;
    case 'remake':
      return world.upkeeps.has(ROUNDS_POOL)
        ? aConfigured(s.pick % 2 === 0 ? 'newest' : 'oldest', s.pick % 5 === 0 ? 'other' : 'web')
        : { type: 'createUpkeep', name: ROUNDS_POOL };
    case 'split': {
      if (s.pick % 4 === 0) return { type: 'removePool', name: WHOLE };
      const split = [
        { pool: ROUNDS_POOL, weight: s.weight },
        { pool: 'made', weight: 1 },
      ];
      const size = { desired: s.desired };
      return {
        type: 'putPool',
        name: WHOLE,
        merge: false,
        spec: { provider: 'maker', size, template: {}, split },
      };
    }
    case 'register':
      return { type: 'registerResource', pool: s.pool, name: `late-${n}`, labels: { arch: s.arch } };
  }
}

function aConfigured(victims: 'newest' | 'oldest', cloudPool = 'web') {
  const provider = {
    name: ROUNDS_POOL,
    driver: 'process',
    makes: true,
    attaches: true,
    options: { cloudPool },
  } as const;
  return aConfigureUpkeep(ROUNDS_POOL, { provider, victims });
}

function lookOf(t: TestWorld, { how, pick }: AnyStep & { do: 'look' }, n: number): Command | undefined {
  const look = t.world.upkeeps.get(ROUNDS_POOL)?.look ?? null;
  if (look === null) return undefined;
  const ended = {
    type: 'finishLook',
    upkeep: ROUNDS_POOL,
    number: look.number,
    startedAt: how === 'old' ? t.now - 10_000 : t.now + 1,
  } as const;
  if (how === 'failed') return { ...ended, outcome: { result: 'failed', error: 'down' } };
  const made = membersOf(t).filter(({ externalId, status }) => externalId !== null && status !== 'exiting');
  const odd = how === 'missing' || how === 'dead' ? pickFrom(made, pick) : undefined;
  const up = { machine: 'RUNNING', liveness: 'LIVE' } as const;
  const things = made
    .filter((resource) => how !== 'missing' || resource !== odd)
    .map((resource) => listed(resource, resource === odd ? { machine: 'TERMINATED' } : up));
  if (how === 'stranger') things.push(aThing(`vm-${n % 4}`));
  return { ...ended, outcome: { result: 'seen', things } };
}

const HAND = { name: 'hand', driver: 'static', makes: false, options: {} };
const MAKER = { name: 'maker', driver: 'process', makes: true, options: {} };

function madeOf(desired: number, arch: string) {
  return {
    provider: 'maker',
    size: { desired },
    template: { labels: { arch } },
    rollout: { atOnce: 1 },
  };
}

/** Steps of every kind, and every way in which a failure can end. */
function putWorkflows(t: TestWorld): void {
  t.workflow('wipe', [{ name: 'erase', retries: 1 }]);
  t.workflow('look', [
    { name: 'empty' },
    { name: 'arm only', if: 'labels.arch == "arm"', onFailure: 'quarantine' },
  ]);
  t.workflow('ask', [{ name: 'ask', uses: 'approval', with: { message: 'may it?' }, timeoutMs: 20_000 }]);
  t.workflow('boot', [
    { name: 'settle', uses: 'wait', with: { for: '5s' } },
    { name: 'boot', with: { command: ['boot', '${params.by}'] }, onFailure: 'retire' },
  ]);
  t.workflow('again', [{ name: 'again', onFailure: 'retry' }, { name: 'hold' }]);
}

/** What each pool does when its members move; the pools of a plain world do nothing. */
const MOVES: Readonly<Record<string, Partial<PoolSpec>>> = {
  alpha: {
    on: {
      enter: { workflow: 'wipe' },
      allocate: { workflow: 'boot', addParams: { by: '${lease.holder}' } },
      release: { workflow: 'ask', clean: 'wipe', verify: 'look', removeParams: ['by'] },
      exit: { workflow: 'again' },
    },
    cooldownMs: 3_000,
  },
  beta: { on: { allocate: { workflow: 'again' }, release: { clean: 'again' } }, maxUses: 2 },
  // Nobody gives the parameter: what is lent of it is held before anything runs.
  tight: { on: { allocate: { workflow: 'boot' }, release: { verify: 'look' } }, maxAgeMs: 60_000 },
  made: { on: { release: { workflow: 'wipe' }, exit: { workflow: 'look' } } },
};

/** The world that the steps are about. */
export function aPlainWorld(isMoving: boolean): TestWorld {
  const t = new TestWorld();
  putWorkflows(t);
  const moves = (name: string): Partial<PoolSpec> => (isMoving ? (MOVES[name] ?? {}) : {});
  const kinds = [{ arch: 'arm' }, { arch: 'x86' }, { arch: 'arm', disk: 'big' }];
  t.staticPool('alpha', kinds, {
    lease: { defaultMs: 30_000, maxMs: 90_000, queue: 'priority', warnMs: 10_000 },
    ...moves('alpha'),
  });
  t.staticPool('beta', kinds, {
    lease: { defaultMs: 30_000, maxMs: 90_000, queue: 'fair' },
    ...moves('beta'),
  });
  t.staticPool('tight', [{ arch: 'arm' }], { quota: { perHolder: 1 }, ...moves('tight') });
  t.sizedPool(
    'made',
    { desired: 2 },
    {
      recycle: 'replace',
      template: { labels: { arch: 'arm' } },
      ...moves('made'),
    },
  );
  t.do({ type: 'createUpkeep', name: ROUNDS_POOL });
  t.do(aConfigured('newest'));
  t.do({ type: 'startUpkeep', name: ROUNDS_POOL });
  return t;
}

