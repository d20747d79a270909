import { fitsSelector } from '../filter/selector.ts';
import type { Selector } from '../model/lease.ts';
import type { Resource } from '../model/resource.ts';
import { whoIsNamed } from '../resource/who-is-named.ts';
import type { PoolState } from '../world/pool-state.ts';
import { compareText, SortedList } from '../world/sorted-list.ts';
import type { World } from '../world/world.ts';

/** Which members of a pool are to go to another. */
export type MemberChoice = Selector & {
  /** Those that are meant, by name or id; null: any that fit. */
  readonly named: readonly NamedMember[] | null;
  /** The most that are chosen. */
  readonly limit: number;
};

/** A member that was named, and where in the input that stands. */
export type NamedMember = { readonly by: 'name' | 'id'; readonly text: string; readonly pointer: string };

/** A member that was named and cannot go, with the reason for people. */
export type Unfit = { readonly named: NamedMember; readonly why: string };

export type Chosen = {
  readonly members: readonly Resource[];
  /** How many more would fit than were wanted. */
  readonly left: number;
  readonly unfit: readonly Unfit[];
  /** Why members cannot go, with how many there are of each reason. */
  readonly reasons: ReadonlyMap<string, number>;
};

/**
 * Chooses the members of one pool that can go to another: those that are named, in that order, or those that fit, the longest
 * free first.
 *
 * Shape: pure, and the same for the same world. Only what is free goes, is set aside for nobody, and has a name that is not
 * taken there; what is quarantined goes where it is named. Bounds: looks at every member once and keeps no more than `limit`.
 * Source: invariant P19.
 */
export function chooseMembers(
  world: World,
  { source, target }: { readonly source: PoolState; readonly target: PoolState },
  choice: MemberChoice,
): Chosen {
  return choice.named === null
    ? chooseFitting(world, { source, target }, choice)
    : chooseNamed(world, { source, target }, { ...choice, named: choice.named });
}

type Between = { readonly source: PoolState; readonly target: PoolState };

function chooseFitting(world: World, { source, target }: Between, choice: MemberChoice): Chosen {
  const best = new SortedList<Resource>((a, b) => a.since - b.since || compareText(a.id, b.id));
  const reasons = new Map<string, number>();
  let left = 0;
  for (const id of source.members) {
    const resource = world.resources.get(id) as Resource;
    const why =
      resource.status === 'quarantined' ? 'quarantined' : whyNot({ world, target }, resource, choice);
    if (why !== null) {
      countIn(reasons, why);
      continue;
    }
    best.add(resource);
    if (best.size <= choice.limit) continue;
    best.remove(best.last() as Resource);
    left += 1;
  }
  return { members: [...best], left, unfit: [], reasons };
}

function chooseNamed(
  world: World,
  { source, target }: Between,
  choice: MemberChoice & { readonly named: readonly NamedMember[] },
): Chosen {
  const members = new Map<string, Resource>();
  const unfit: Unfit[] = [];
  const reasons = new Map<string, number>();
  const refuse = (named: NamedMember, why: string): void => {
    unfit.push({ named, why });
    countIn(reasons, why);
  };
  for (const named of choice.named) {
    const id = named.by === 'name' ? source.idByName.get(named.text) : named.text;
    const resource = id === undefined ? undefined : world.resources.get(id);
    if (resource?.pool !== source.pool.name) {
      refuse(named, `not in pool "${source.pool.name}"`);
      continue;
    }
    const why = members.has(resource.id) ? 'named twice' : whyNot({ world, target }, resource, choice);
    if (why === null) members.set(resource.id, resource);
    else refuse(named, why);
  }
  return { members: [...members.values()], left: 0, unfit, reasons };
}

function countIn(reasons: Map<string, number>, why: string): void {
  reasons.set(why, (reasons.get(why) ?? 0) + 1);
}

/** Why a member cannot go, as what follows "it is"; what never fits comes before what is only busy. */
function whyNot(
  { world, target }: { readonly world: World; readonly target: PoolState },
  resource: Resource,
  selector: Selector,
): string | null {
  if (!fitsSelector(resource, selector)) return 'not what match and filter ask for';
  if (resource.hold !== null) return 'held for a person';
  if (resource.status === 'free' && resource.leaseId !== null) return 'set aside for a lease that waits';
  if (resource.status !== 'free' && resource.status !== 'quarantined') return resource.status;
  if (whoIsNamed(world, target, resource) !== undefined)
    return `of a name that pool "${target.pool.name}" has already`;
  return null;
}
