import { memberCount, targetSize } from '@poolkeeper/core';
import type { Resource, World } from '@poolkeeper/core';
import type { Scene } from '../scene.ts';

type Watched = Pick<Scene, 'history' | 'mirror' | 'places'>;

/**
 * What is still open long after all faults have stopped, in words; nothing, when all is settled: jobs are finished, pools are
 * at size, things outside are those that the world has, and nobody holds what nobody renews.
 */
export function findUnsettled({ history, mirror, places }: Watched, world: World): string | undefined {
  const { job: jobs, resource: resources } = mirror.documents;
  for (const job of jobs.values())
    return `job ${job.id}: ${job.kind} ${job.resource}, ${job.attempts} failures`;
  const active = history.live.find(({ status }) => status === 'active');
  if (active !== undefined) return `lease ${active.id} is active`;
  for (const resource of resources.values()) {
    const { id, status } = resource;
    if (status !== 'free' && status !== 'quarantined' && !isStanding(resource))
      return `resource ${id} is ${status}`;
  }
  for (const [name, state] of world.pools) {
    if (state.pool.status === 'removing') return `pool ${name} is still being removed`;
    const { dynamic } = state.pool.stages ?? {};
    if (dynamic !== undefined && (state.members.size < dynamic.min || state.members.size > dynamic.max))
      return `pool ${name} has ${state.members.size} members, not ${dynamic.min} to ${dynamic.max}`;
    const target = targetSize(state);
    const has = memberCount(state);
    if (target !== null && (has < target || (has > target && state.evictable.size > 0))) {
      return `pool ${name} has ${has} of ${target} members`;
    }
  }
  const made = [...resources.values()].filter(({ provider }) => places.get(provider)?.makes === true);
  for (const [name, { outside }] of places) {
    for (const thing of outside.things.values()) {
      const resource = resources.get(thing.resource);
      if (resource?.provider !== name)
        return `thing ${thing.externalId} of ${thing.resource} is outside, and nobody knows it`;
    }
  }
  const lost = made.find(
    ({ id, provider, status }) => status !== 'quarantined' && !places.get(provider)?.outside.things.has(id),
  );
  return lost === undefined
    ? undefined
    : `resource ${lost.id} is ${lost.status}, and there is no such thing outside`;
}

/** Does it stand where a client put it, and wait for one that knows what to do with it? */
function isStanding({ status, stage, run, hold, turnover, restsUntil }: Resource): boolean {
  return (
    status === 'cleaning' &&
    stage !== undefined &&
    run === null &&
    hold === null &&
    turnover === null &&
    restsUntil === null
  );
}
