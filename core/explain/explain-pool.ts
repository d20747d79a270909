import { Refusal } from '../errors.ts';
import { memberCount, targetSize } from '../pool/resize-pool.ts';
import type { Resource, ResourceStatus } from '../model/resource.ts';
import type { World } from '../world/world.ts';
import { fillingTrouble } from './explain-provider.ts';
import type { FindWork } from './explain-provider.ts';
import { EXPLAIN_MEMBERS_MAX } from './explain-lease.ts';
import { explainRounds } from './explain-rounds.ts';
import { explainStages } from './explain-stages.ts';
import type { StagesExplanation } from './explain-stages.ts';
import { jobTrouble } from './member-reason.ts';

/** Members with trouble that are named. */
const TROUBLES_MAX = 20;

export type PoolExplanation = {
  readonly pool: string;
  readonly summary: string;
  readonly members: number;
  /** How many it should have; null where members are registered by hand. */
  readonly target: number | null;
  readonly counts: Readonly<Record<ResourceStatus, number>>;
  readonly setAside: number;
  readonly held: number;
  readonly waiting: number;
  readonly troubles: readonly {
    readonly resource: string;
    readonly name: string;
    readonly status: ResourceStatus;
    readonly error: string;
  }[];
  /** Left out where members are not handed over by stage. */
  readonly stages?: StagesExplanation;
};

/**
 * Says how a pool stands and what keeps it from its size.
 *
 * `findWork` knows how its provider's account does. Errors: `pool_not_found`.
 */
export function explainPool(
  world: World,
  name: string,
  findWork: FindWork = () => undefined,
): PoolExplanation {
  const state = world.pools.get(name);
  if (state === undefined) throw new Refusal('pool_not_found', `There is no pool "${name}".`);
  const target = targetSize(state);
  const members = memberCount(state);
  const troubles = findTroubles(world, state.members);
  const missing = target === null ? 0 : target - members;
  const stages = explainStages(state, world.meta.instant);
  return {
    pool: name,
    summary: summarize({
      members,
      target,
      missing,
      troubles: troubles.length,
      held: state.heldCount,
      waiting: state.queue.size,
      unmade: state.counts.requested,
      free: state.lanes.everything.free.size,
      isRemoving: state.pool.status === 'removing',
      account: fillingTrouble(state, findWork(state.pool.provider)),
      rounds: explainRounds(world, name),
      asking: stages?.waiting ?? 0,
    }),
    members,
    target,
    counts: { ...state.counts },
    setAside: state.setAsideCount,
    held: state.heldCount,
    waiting: state.queue.size,
    troubles,
    ...(stages === undefined ? {} : { stages }),
  };
}

function findTroubles(world: World, ids: Iterable<string>): PoolExplanation['troubles'][number][] {
  const troubles: PoolExplanation['troubles'][number][] = [];
  let looked = 0;
  for (const id of ids) {
    if ((looked += 1) > EXPLAIN_MEMBERS_MAX || troubles.length >= TROUBLES_MAX) break;
    const resource = world.resources.get(id) as Resource;
    const error = resource.hold?.reason ?? jobTrouble(world, resource);
    if (error !== null) troubles.push({ resource: id, name: resource.name, status: resource.status, error });
  }
  return troubles;
}

type Facts = {
  members: number;
  target: number | null;
  missing: number;
  troubles: number;
  held: number;
  waiting: number;
  /** Those that the provider was asked for, or will be, and has not made yet. */
  unmade: number;
  free: number;
  isRemoving: boolean;
  /** What the provider's account keeps it from, as a sentence. */
  account: string | null;
  /** How far its updates are, in sentences; null where it follows its size at once. */
  rounds: string | null;
  /** Requests that wait by stage. */
  asking: number;
};

function summarize(facts: Facts): string {
  const parts: string[] = [];
  if (facts.isRemoving) parts.push(`The pool is being removed; ${facts.members} members are still to go.`);
  else if (facts.target === null)
    parts.push(`${facts.members} registered members, ${facts.free} of them on offer.`);
  else if (facts.missing !== 0 && facts.rounds !== null)
    parts.push(`The pool has ${facts.members} members and is to have ${facts.target}.`);
  else if (facts.missing > 0)
    parts.push(
      `The pool has ${facts.members} of ${facts.target} members; ${facts.missing} are still to be asked for.`,
    );
  else if (facts.missing < 0)
    parts.push(
      `The pool has ${-facts.missing} members more than its size of ${facts.target}; free ones are given up, leased ones when they come back.`,
    );
  else {
    const unmade = facts.unmade > 0 ? `, ${facts.unmade} of them still to be made` : '';
    parts.push(`The pool is at its size of ${facts.target}${unmade}; ${facts.free} members are on offer.`);
  }
  if (facts.rounds !== null) parts.push(facts.rounds);
  if (facts.account !== null) parts.push(facts.account);
  if (facts.waiting > 0) parts.push(facts.waiting === 1 ? '1 lease waits.' : `${facts.waiting} leases wait.`);
  if (facts.asking > 0)
    parts.push(facts.asking === 1 ? '1 request waits by stage.' : `${facts.asking} requests wait by stage.`);
  if (facts.held > 0) parts.push(`${facts.held} members are held for a person: retry, skip or retire them.`);
  else if (facts.troubles > 0) parts.push(`${facts.troubles} members have trouble; see below.`);
  return parts.join(' ');
}
