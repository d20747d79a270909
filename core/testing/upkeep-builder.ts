import type { RoundsSpec } from '../model/pool.ts';
import type { Listed, Resource } from '../model/resource.ts';
import type { Upkeep } from '../model/upkeep.ts';
import type { ConfigureUpkeep } from '../upkeep/configure-upkeep.ts';
import { observationOf } from './world-builder.ts';
import type { TestWorld } from './world-builder.ts';

export const ROUNDS: RoundsSpec = {
  fetchMs: 30_000,
  retries: 3,
  backoffMs: 3_000,
  reachableMs: 300_000,
  updateMs: 60_000,
};

export function aConfigureUpkeep(name: string, more: Partial<ConfigureUpkeep> = {}): ConfigureUpkeep {
  return {
    type: 'configureUpkeep',
    name,
    sealed: 'sealed-text',
    provider: { name, driver: 'process', makes: true, options: { cloudPool: name } },
    kind: 'machine',
    template: {},
    victims: 'newest',
    rounds: ROUNDS,
    ...more,
  };
}

/** A cloud pool instance that is configured; started, unless the test wants it stopped. */
export function anUpkeep(t: TestWorld, name = 'web', more: Partial<ConfigureUpkeep> = {}): void {
  t.do({ type: 'createUpkeep', name });
  t.do(aConfigureUpkeep(name, more));
  t.do({ type: 'startUpkeep', name });
}

export function upkeepOf(t: TestWorld, name = 'web'): Upkeep {
  const upkeep = t.world.upkeeps.get(name);
  if (upkeep === undefined) throw new Error(`there is no upkeep ${name}`);
  return upkeep;
}

/** Members of a pool, in order. */
export function membersOf(t: TestWorld, pool = 'web'): Resource[] {
  return [...(t.world.pools.get(pool)?.members ?? [])].map((id) => t.resource(id));
}

/** What a provider lists of a member, as it is known here; `more` is what it says otherwise. */
export function listed(resource: Resource, more: Partial<Listed> = {}): Listed {
  const { id, externalId, machine, liveness } = resource;
  return { ...observationOf(id), externalId: externalId ?? `ext-${id}`, machine, liveness, ...more };
}

/** A machine that bears the mark of the pool and is of no resource. */
export function aThing(externalId: string, more: Partial<Listed> = {}): Listed {
  return { ...observationOf('none'), resource: null, externalId, ...more };
}

/** Ends the look under way with a list: all that exists by the book, and what is given instead. */
export function look(t: TestWorld, things?: readonly Listed[], name = 'web') {
  const { look: under, pool } = upkeepOf(t, name);
  if (under === null) throw new Error(`upkeep ${name} does not look`);
  const known = membersOf(t, pool ?? name).filter(
    ({ externalId, status }) => externalId !== null && status !== 'exiting',
  );
  return t.decide({
    type: 'finishLook',
    upkeep: name,
    number: under.number,
    startedAt: t.now,
    outcome: { result: 'seen', things: things ?? known.map((resource) => listed(resource)) },
  });
}

export function failLook(t: TestWorld, error = 'the cloud is down', name = 'web') {
  const number = upkeepOf(t, name).look?.number ?? 0;
  return t.decide({
    type: 'finishLook',
    upkeep: name,
    number,
    startedAt: t.now,
    outcome: { result: 'failed', error },
  });
}

/** Looks until nobody wants another look, a millisecond apart, with all jobs done between. */
export function settleRounds(t: TestWorld, name = 'web'): void {
  const TURNS_MAX = 100;
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const { look: under, round } = upkeepOf(t, name);
    if (under === null && round === null && t.world.jobs.size === 0) return;
    t.now += 1;
    if (under !== null) look(t, undefined, name);
    t.finishJobs();
    while (t.world.unsettledPools.size > 0) t.do({ type: 'tick' });
  }
  throw new Error(`upkeep ${name} does not come to rest`);
}

/** Time goes by until the next deadline of the world, which is handled. */
export function tickAfter(t: TestWorld, passMs: number): void {
  t.now += passMs;
  t.do({ type: 'tick' });
}
