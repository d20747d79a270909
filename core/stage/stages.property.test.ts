import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide } from '../decide.ts';
import type { Command } from '../decide.ts';
import { Refusal } from '../errors.ts';
import type { Resource } from '../model/resource.ts';
import { PLAIN_SEAL } from '../testing/plain-seal.ts';
import { ASK_WITHIN_MS, StagedWorld } from '../testing/stage-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { createWorld, DOCUMENT_KINDS, documentId, putDocument } from '../world/world.ts';
import type { World } from '../world/world.ts';
import type { SyncStages } from './sync-stages.ts';
import { stageAt, stageOf } from './stage-of.ts';
import type { TakeByStage, TakenByStage } from './take-by-stage.ts';

/** `plain` cleans nothing, `washed` cleans what comes back, `dyn` makes its members, `conf` is a configuration's. */
const POOLS = ['plain', 'washed', 'dyn', 'conf'] as const;
const STAGES = ['free', 'free', 'free', 'dirty', 'busy', 'toBeDeleted', 'plain-1'] as const;
const HOLDERS = ['ann', 'bob', 'janitor'] as const;

const pool = fc.constantFrom(...POOLS);
const stage = fc.constantFrom(...STAGES);
const holder = fc.constantFrom(...HOLDERS);
const pick = fc.nat();

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      pool,
      stage,
      dest: stage,
      holder,
      request: fc.constantFrom(null, 'r1', 'r2', 'r3', 'r4'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('put' as const), pick, dest: stage, isOwn: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('named' as const), pick, stage, holder, isAtomic: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('note' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reset' as const), pool, stage, silentMs: fc.nat(40_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      pool,
      holder,
      count: fc.integer({ min: 1, max: 2 }),
      hasOwnRelease: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), passMs: fc.nat(50_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      pick,
      action: fc.constantFrom('retire' as const, 'quarantine' as const, 'retry' as const, 'hold' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('dynamic' as const), min: fc.nat(2), more: fc.nat(2) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('sync' as const),
      names: fc.subarray(['c1', 'c2', 'c3', 'plain-1']),
      others: fc.subarray(['c1', 'c2']),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('away' as const), passMs: fc.nat(200_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restage' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('register' as const), pool, stage, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), isDone: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function aWorld(): StagedWorld {
  const t = new StagedWorld();
  t.workflow('wipe', [{ name: 'erase' }]);
  t.stagedPool('plain', { silenceMs: 60_000, isRepeatable: true });
  t.stagedPool('washed', {}, { on: { release: { clean: 'wipe' } }, cooldownMs: 1_000 });
  putDynamic(t, 1, 3);
  for (const name of ['plain-1', 'plain-2']) t.register('plain', name);
  t.register('washed', 'washed-1');
  t.do(aSync(['c1', 'c2'], []));
  return t;
}

function putDynamic(t: StagedWorld, min: number, max: number): void {
  const dynamic = { min, max, lifespanMs: 70_000, needs: { plain: 1 }, content: null };
  t.stagedPool('dyn', { initial: 'dirty', dynamic });
}

/** A configuration of up to two types: what the second names the first does not. */
function aSync(names: readonly string[], others: readonly string[]): SyncStages {
  const first = { pool: 'conf', initial: 'free', names: names.filter((name) => !others.includes(name)) };
  const types = [first, { pool: 'conf2', initial: 'dirty', names: others }];
  return {
    type: 'syncStages',
    provider: 'hand',
    types: types.filter((type) => type.names.length > 0).map((type) => ({ ...type, type: type.pool })),
  };
}

function pickFrom<T>(all: Iterable<T>, index: number): T | undefined {
  const list = [...all];
  return list[index % Math.max(1, list.length)];
}

function holderOf(world: World, resource: Resource): string | undefined {
  const lease = world.leases.get(resource.leaseId ?? '');
  return lease?.status === 'queued' ? undefined : lease?.holder;
}

function commandOf(t: StagedWorld, s: Step): Command | undefined {
  const { world } = t;
  const member =
    'pick' in s
      ? pickFrom(
          [...world.resources.values()].filter(({ pool: of }) => world.pools.get(of)?.staged),
          s.pick,
        )
      : undefined;
  const name = member?.name ?? 'nobody';
  const has = member === undefined ? undefined : holderOf(world, member);
  switch (s.do) {
    case 'take':
      return { type: 'takeByStage', ...s, askWithinMs: ASK_WITHIN_MS } as TakeByStage;
    case 'put':
      return { type: 'putBack', name, dest: s.dest, holder: s.isOwn ? (has ?? 'ann') : 'somebody' };
    case 'named':
      return {
        type: 'takeNamed',
        names: [name, 'plain-1'],
        stage: s.stage,
        dest: 'busy',
        holder: s.holder,
        isAtomic: s.isAtomic,
      };
    case 'note':
      return {
        type: 'noteHolding',
        name,
        holder: has ?? 'ann',
        stage: member?.stage?.name ?? 'free',
        data: { n: String(s.pick % 3) },
      };
    case 'reset':
      return { type: 'takeAwaySilent', pool: s.pool, stage: s.stage, dest: 'dirty', silentMs: s.silentMs };
    case 'request':
      return {
        type: 'requestLease',
        holder: s.holder,
        items: [{ pool: s.pool, count: s.count }],
        durationMs: 30_000,
        ...(s.hasOwnRelease ? { on: { release: { workflow: 'wipe' } } } : {}),
      };
    case 'end': {
      const lease = pickFrom(world.leases.keys(), s.pick);
      return lease === undefined ? undefined : { type: 'endLease', lease, asHolder: null };
    }
    case 'tick':
      t.now += s.passMs;
      return { type: 'tick' };
    case 'finish': {
      const job = pickFrom(world.jobs.values(), s.pick);
      if (job === undefined || job.kind !== 'step') return undefined;
      t.finishStep(job.resource, s.pick % 4 === 0 ? { isPassed: false, error: 'no', mayRetry: false } : {});
      return undefined;
    }
    case 'act':
      return { type: 'actOnResource', resource: member?.id ?? '', action: s.action, reason: 'test' };
    case 'dynamic':
      putDynamic(t, s.min, s.min + s.more);
      return undefined;
    case 'sync':
      return aSync(s.names, s.others);
    case 'away': {
      const since = world.meta.instant;
      t.now += s.passMs;
      return { type: 'keepPlaces', since };
    }
    case 'restage': {
      const isStaged = world.pools.get('plain')?.staged !== null;
      const stages = { type: 'plain', initial: 'free' };
      const spec = isStaged ? { provider: 'hand' } : { provider: 'hand', stages };
      return { type: 'putPool', name: 'plain', merge: false, spec };
    }
    case 'register':
      return {
        type: 'registerResource',
        pool: s.pool,
        name: `late-${s.pick % 5}`,
        stage: { name: s.stage, ...(s.pick % 2 === 0 ? {} : { holder: 'ann' }) },
      };
    case 'move':
      return {
        type: 'moveResource',
        resource: member?.id ?? '',
        pool: s.pick % 2 === 0 ? 'plain' : 'washed',
      };
    case 'remove':
      return s.isDone
        ? { type: 'removePool', name: 'washed' }
        : { type: 'putPool', name: 'washed', merge: true, spec: { cooldownMs: 0 } };
  }
}

/** What a queue is, kept apart from the world: who asked in which order, and until when each keeps its turn and its place. */
class QueueModel {
  readonly #lines = new Map<string, { request: string; askBy: number }[]>();

  /** The rank of a request that asks now. */
  ask(t: StagedWorld, { pool: of, stage: at, request }: TakeByStage): number {
    const line = this.#line(t, of, at);
    const own = line.findIndex((one) => one.request === request);
    return 1 + line.slice(0, own === -1 ? line.length : own).filter(({ askBy }) => askBy >= t.now).length;
  }

  note(t: StagedWorld, { pool: of, stage: at, request }: TakeByStage, answer: TakenByStage): void {
    const line = this.#line(t, of, at);
    const own = line.findIndex((one) => one.request === request);
    if (request === null) return;
    if (answer.result === 'taken') {
      if (own !== -1) line.splice(own, 1);
    } else if (own === -1) line.push({ request, askBy: t.now + ASK_WITHIN_MS });
    else line[own] = { request, askBy: t.now + ASK_WITHIN_MS };
  }

  /** Nobody could ask for so long. */
  pass(awayMs: number): void {
    for (const line of this.#lines.values()) for (const one of line) one.askBy += awayMs;
  }

  #line(t: StagedWorld, of: string, at: string): { request: string; askBy: number }[] {
    const key = JSON.stringify([of, at]);
    const line = this.#lines.get(key) ?? [];
    // What the world has given up is given up; that it does so when it should is looked at in the tables.
    const kept = line.filter(({ request }) => t.world.waiters.has(JSON.stringify([of, at, request])));
    this.#lines.set(key, kept);
    return kept;
  }
}

/** Who may be taken, by what every document says, in turn. */
function inTurn({ world }: StagedWorld, of: string, at: string): string[] {
  return [...world.resources.values()]
    .filter(({ pool: has, leaseId, status, run, restsUntil, hold }) => {
      const isIdle = status === 'free' || (status === 'cleaning' && run === null && restsUntil === null);
      return has === of && leaseId === null && isIdle && hold === null;
    })
    .filter((resource) => stageOf(resource) === at)
    .toSorted((a, b) => stageAt(a) - stageAt(b) || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

function checkTake(t: StagedWorld, queues: QueueModel, command: TakeByStage): void {
  const isOpen = t.world.pools.get(command.pool)?.pool.status === 'open';
  const turn = inTurn(t, command.pool, command.stage);
  const rank = queues.ask(t, command);
  const before = new Map([...t.world.resources.values()].map((one) => [one.id, holderOf(t.world, one)]));
  const leases = new Set(t.world.leases.keys());
  const answer = t.do(command);
  // Said again, a request has what it has.
  if (answer.result === 'taken' && leases.has(answer.lease)) {
    expect(before.get(answer.resource.id)).toBe(command.holder);
    return;
  }
  if (answer.result === 'taken') {
    expect(before.get(answer.resource.id), 'nobody else has it').toBeUndefined();
    expect(answer.resource.name, 'the one at its rank').toBe(turn[rank - 1]);
  } else if (isOpen) {
    expect(turn.length, 'as many are served as there are').toBeLessThan(rank);
    if (command.request !== null) expect(answer.position).toBe(rank);
  }
  queues.note(t, command, answer);
}

/** Every document, so that a refusal is seen to leave no trace; the order of maps means nothing. */
function fingerprint(world: World): string {
  const all = DOCUMENT_KINDS.map((kind) =>
    [...(kind === 'pool' ? [...world.pools.values()].map((state) => state.pool) : world[`${kind}s`].values())]
      .map((document) => JSON.stringify(document))
      .toSorted(),
  );
  return JSON.stringify([
    all,
    world.meta,
    [...world.deadlines],
    byKey(world.stagedByName),
    byKey(world.poolOfType),
  ]);
}

function byKey(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The same world as a store would give it back. */
function reloaded(world: World): World {
  const fresh = createWorld();
  Object.assign(fresh.meta, world.meta);
  for (const kind of DOCUMENT_KINDS) {
    const all =
      kind === 'pool'
        ? [...world.pools.values()].map((state) => state.pool)
        : [...world[`${kind}s`].values()];
    for (const document of all) putDocument(fresh, kind, documentId(document), document as never);
  }
  fresh.unsettledPools.clear();
  for (const name of world.unsettledPools) fresh.unsettledPools.add(name);
  return fresh;
}

/** What one command comes to in a world, with ids that count from the same number. */
function outcome(world: World, command: Command, now: number): string {
  let next = 0;
  const newId = (prefix: string) => `${prefix}_z${String((next += 1)).padStart(8, '0')}`;
  try {
    const { changes, events, reply } = decide(world, command, {
      now,
      newId,
      random: () => 0.5,
      ...PLAIN_SEAL,
    });
    return JSON.stringify([changes, events, reply]);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.message;
  }
}

/** Holds S1 S2 S3 S7 S8 at every moment, and S4 and S5 beside a queue that is kept apart from the world. */
test('any row of commands keeps members that are handed over by stage in order, in one pair of hands, and in turn', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 15, maxLength: 40 }), (steps) => {
      const t = aWorld();
      const queues = new QueueModel();
      for (const s of steps) {
        const command = commandOf(t, s);
        if (command === undefined) continue;
        const before = fingerprint(t.world);
        try {
          if (command.type === 'takeByStage') checkTake(t, queues, command);
          else t.do(command);
          if (command.type === 'keepPlaces') queues.pass(t.now - command.since);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          expect(fingerprint(t.world), 'a refusal leaves no trace').toBe(before);
        }
        expect(checkWorld(t.world), JSON.stringify(command)).toEqual([]);
      }
      const other = reloaded(t.world);
      for (const s of steps) {
        // These two change the one world alone.
        if (s.do === 'finish' || s.do === 'dynamic') continue;
        const command = commandOf(t, s);
        if (command === undefined) continue;
        expect(outcome(other, command, t.now), JSON.stringify(command)).toBe(
          outcome(t.world, command, t.now),
        );
        break;
      }
    }),
    { numRuns: 100 },
  );
});
