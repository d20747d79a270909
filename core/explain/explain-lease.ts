import type { HeldLease, LeaseItem, LiveLease, QueuedLease } from '../model/lease.ts';
import { frontierOf } from '../lease/frontier.ts';
import { positionOf } from '../lease/position.ts';
import { Refusal } from '../errors.ts';
import type { Resource } from '../model/resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { World } from '../world/world.ts';
import { explainRun } from './explain-run.ts';
import { judgeMember } from './member-reason.ts';
import type { MemberReason, MemberVerdict } from './member-reason.ts';
import { fillingTrouble } from './explain-provider.ts';
import type { FindWork } from './explain-provider.ts';

/** Members of a pool that one explanation looks at; of a larger pool it speaks of these. */
export const EXPLAIN_MEMBERS_MAX = 10_000;
/** Members that are named for each reason. */
const EXAMPLES_MAX = 5;

/** How many members one reason stands for; `examples` are some of their names, `until` the first that may come free. */
export type ReasonCount = {
  readonly reason: MemberReason;
  readonly count: number;
  readonly until: number | null;
  readonly examples: readonly { readonly name: string; readonly detail: string | null }[];
};

export type ItemExplanation = LeaseItem & {
  /** Members that it holds or has set aside. */
  readonly has: number;
  /** Members of the pool that could ever serve it, as the pool is now. */
  readonly fitting: number;
  readonly members: number;
  readonly reasons: readonly ReasonCount[];
};

export type LeaseExplanation = {
  readonly lease: string;
  readonly status: LiveLease['status'];
  /** One sentence for a tired person. */
  readonly summary: string;
  readonly position: number | null;
  /** The pool that it waits at. */
  readonly waitsAt: string | null;
  /** When it is expected to be granted, in milliseconds UTC, if nobody ends early; null where nobody can say. */
  readonly estimatedStart: number | null;
  readonly items: readonly ItemExplanation[];
};

/**
 * Says why a lease is where it is: its place, what each member of its pools does instead of serving it, and when it may start.
 *
 * `findWork` knows how the accounts of providers do: a pool that cannot be filled says why.
 * Bounds: looks at `EXPLAIN_MEMBERS_MAX` members a pool. Errors: `lease_not_found`.
 */
export function explainLease(
  world: World,
  id: string,
  findWork: FindWork = () => undefined,
): LeaseExplanation {
  const lease = world.leases.get(id);
  if (lease === undefined) throw new Refusal('lease_not_found', `There is no live lease "${id}".`);
  const items = lease.items.map((item, index) => explainItem(world, lease, item, index));
  const waitsAt = lease.status === 'queued' ? (frontierOf(lease) ?? null) : null;
  const position = positionOf(world, lease);
  const explained = items.map((entry) => entry.explanation);
  return {
    lease: lease.id,
    status: lease.status,
    summary:
      lease.status === 'queued'
        ? `${summarize(lease, waitsAt, position, explained)}${accountTrouble(world, waitsAt, findWork)}`
        : summarizeHeld(world, lease),
    position,
    waitsAt,
    estimatedStart: lease.status === 'queued' ? estimateStart(lease, waitsAt, position ?? 1, items) : null,
    items: explained,
  };
}

type Explained = { readonly explanation: ItemExplanation; readonly freeAt: readonly number[] };

function explainItem(world: World, lease: LiveLease, item: LeaseItem, index: number): Explained {
  const members = lease.status === 'queued' ? lease.setAside : lease.members;
  const has = members.filter((member) => member.item === index).length;
  const state = world.pools.get(item.pool);
  const verdicts: [Resource, MemberVerdict][] = [];
  for (const resource of membersOf(world, state))
    verdicts.push([resource, judgeMember(world, lease, item, resource)]);
  const never = new Set<MemberReason>(['other_label', 'filter_refuses']);
  const freeAt = verdicts.flatMap(([, verdict]) => (verdict.until === null ? [] : [verdict.until]));
  return {
    explanation: {
      ...item,
      has,
      fitting: verdicts.filter(([, verdict]) => !never.has(verdict.reason)).length,
      members: state?.members.size ?? 0,
      reasons: countReasons(verdicts),
    },
    freeAt: freeAt.toSorted((a, b) => a - b),
  };
}

function* membersOf(world: World, state: PoolState | undefined): Generator<Resource, void, undefined> {
  let looked = 0;
  for (const id of state?.members ?? []) {
    if ((looked += 1) > EXPLAIN_MEMBERS_MAX) return;
    const resource = world.resources.get(id);
    if (resource !== undefined) yield resource;
  }
}

function countReasons(verdicts: readonly [Resource, MemberVerdict][]): ReasonCount[] {
  const counts = new Map<
    MemberReason,
    { count: number; until: number | null; examples: { name: string; detail: string | null }[] }
  >();
  for (const [resource, { reason, detail, until }] of verdicts) {
    const known = counts.get(reason) ?? { count: 0, until: null, examples: [] };
    known.count += 1;
    if (until !== null) known.until = Math.min(known.until ?? until, until);
    if (known.examples.length < EXAMPLES_MAX) known.examples.push({ name: resource.name, detail });
    counts.set(reason, known);
  }
  return [...counts]
    .map(([reason, counted]) => ({ reason, ...counted }))
    .toSorted((a, b) => b.count - a.count);
}

/** What is granted and not ready names what it waits for, member by member. */
function summarizeHeld(world: World, lease: HeldLease): string {
  if (lease.status !== 'preparing') return `The lease is ${lease.status}.`;
  const waiting = lease.members.flatMap(({ resource: id, name }) => {
    const resource = world.resources.get(id);
    if (resource === undefined || resource.status === 'leased') return [];
    if (resource.hold !== null) return [`${name} is held: ${resource.hold.reason}`];
    const run = explainRun(world, resource.run);
    return run?.step ? [`${name} is at step "${run.step.name}" and waits for ${run.waitsFor}`] : [];
  });
  const shown = waiting.slice(0, EXAMPLES_MAX);
  const more = waiting.length > shown.length ? `; and ${waiting.length - shown.length} more` : '';
  const ready = lease.members.length - waiting.length;
  return `It is granted, and ${ready} of ${lease.members.length} are ready: ${shown.join('; ')}${more}.`;
}

function summarize(
  lease: QueuedLease,
  waitsAt: string | null,
  position: number | null,
  items: readonly ItemExplanation[],
): string {
  const blocking = items.find((item) => item.pool === waitsAt && item.has < item.minimum);
  if (blocking === undefined) return 'The lease is about to be granted.';
  const place = position === 1 ? 'It is first in line' : `It is number ${position} in line`;
  const lacks = `${blocking.minimum - blocking.has} more of pool "${blocking.pool}"`;
  const held = lease.setAside.length > 0 ? ` ${lease.setAside.length} are set aside for it.` : '';
  if (blocking.members === 0) return `${place} and waits for ${lacks}, which has no members now.${held}`;
  if (blocking.fitting < blocking.minimum) {
    return (
      `${place} and waits for ${lacks}, but only ${blocking.fitting} of its ${blocking.members} members fit what is asked for.` +
      `${held} Ask for less, or add members.`
    );
  }
  const why = blocking.reasons
    .filter(({ reason }) => reason !== 'set_aside_for_this_lease')
    .map(({ reason, count }) => `${count} ${WORDS[reason]}`);
  return `${place} and waits for ${lacks}: ${why.join(', ')}.${held}`;
}

/** What keeps the pool that it waits at from being filled, as one more sentence. */
function accountTrouble(world: World, waitsAt: string | null, findWork: FindWork): string {
  const state = waitsAt === null ? undefined : world.pools.get(waitsAt);
  if (state === undefined) return '';
  const trouble = fillingTrouble(state, findWork(state.pool.provider));
  return trouble === null ? '' : ` ${trouble}`;
}

const WORDS: Record<MemberReason, string> = {
  set_aside_for_this_lease: 'set aside for it',
  on_offer: 'on offer',
  set_aside_for_another_lease: 'set aside for others',
  leased: 'leased',
  other_label: 'with other labels',
  filter_refuses: 'refused by its filter',
  being_made: 'being made',
  being_cleaned: 'being cleaned',
  stopped: 'stopped',
  held_for_a_person: 'held for a person',
  quarantined: 'quarantined',
  leaving: 'leaving',
};

/** The moment by which as many fitting members have come back as this lease and those before it need. */
function estimateStart(
  lease: QueuedLease,
  waitsAt: string | null,
  position: number,
  items: readonly Explained[],
): number | null {
  let latest = lease.createdAt;
  for (const { explanation, freeAt } of items) {
    const missing = explanation.minimum - explanation.has;
    if (missing <= 0) continue;
    const ahead = explanation.pool === waitsAt ? position - 1 : 0;
    const at = freeAt[missing + ahead - 1];
    if (at === undefined) return null;
    latest = Math.max(latest, at);
  }
  return latest;
}
