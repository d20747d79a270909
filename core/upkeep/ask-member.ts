import { Refusal } from '../errors.ts';
import { isBeingAttached, jobOf, startJob } from '../job/start-job.ts';
import type { Marks, Resource } from '../model/resource.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Upkeep } from '../model/upkeep.ts';
import { changeResource } from '../resource/change-resource.ts';
import { isAllocated } from '../resource/membership.ts';
import { markResource } from '../resource/observed-traits.ts';
import { dropRun } from '../resource/transition.ts';
import { retireResource } from '../resource/turnover.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { attachMachine } from './attach-machine.ts';
import { findMachine } from './find-machine.ts';
import { isReachable } from './is-reachable.ts';
import { upkeepOfPool } from './owner.ts';
import { busyWith, noSuchMachine } from './refusals.ts';
import { requireStarted } from './set-size.ts';
import { shiftSize } from './shift-size.ts';

/** What a client asks of one machine. `lowersSize`: the pool is to be one smaller when it works. */
export type MemberAsk =
  | { readonly do: 'terminate' | 'detach'; readonly lowersSize: boolean }
  | { readonly do: 'attach' }
  | { readonly do: 'mark'; readonly marks: Marks };

export type AskMember = {
  readonly type: 'askMember';
  readonly pool: string;
  /** The provider's own name of the machine, or the id of its resource. */
  readonly machine: string;
  readonly ask: MemberAsk;
};

/** `job`: what its answer comes from, as an event `job.answered`; null where it was done at once. */
export type MemberAsked = { readonly resource: string; readonly job: string | null };

/**
 * Asks something of one machine of a pool, for a client that waits for the answer: one attempt; when it fails everything is as before.
 *
 * Shape: a member that goes is out of the pool's service at once; marks and new members count when their place has answered.
 * Errors: `pool_not_found`, `upkeep_stopped`, `pool_unreachable` (not for marks), `machine_not_found`, `machine_not_evictable`,
 * `machine_busy`, `not_offered` where the provider cannot do it.
 * Source: invariants in docs/spec/members.md.
 */
export function askMember(tx: Transaction, { pool, machine, ask }: AskMember): MemberAsked {
  const state = tx.requirePool(pool);
  const upkeep = upkeepOfPool(tx.world, pool);
  if (upkeep !== undefined) requireStarted(upkeep);
  if (upkeep !== undefined && ask.do !== 'mark') requireReachable(tx, state, upkeep);
  switch (ask.do) {
    case 'attach':
      requireAttaches(tx, state, 'take in machines');
      return attachMachine(tx, state, machine);
    case 'mark':
      return markMachine(tx, requireMember(tx, state, machine), ask.marks);
    case 'terminate':
      return terminate(tx, requireRemovable(tx, state, machine), ask);
    case 'detach': {
      const member = requireRemovable(tx, state, machine);
      requireAttaches(tx, state, 'let go of machines');
      return detach(tx, member, ask);
    }
  }
}

function requireReachable(tx: Transaction, { pool }: PoolState, upkeep: Upkeep): void {
  if (isReachable(upkeep, pool.rounds, tx.now)) return;
  const why = upkeep.lookError ?? 'its machines were not listed lately';
  throw new Refusal('pool_unreachable', `Pool "${pool.name}" is unreachable: ${why}. Ask again later.`);
}

function requireAttaches(tx: Transaction, { pool }: PoolState, what: string): void {
  if (pool.split !== undefined) {
    const names = pool.split.map((share) => share.pool).join(', ');
    const why = `it divides its size over others and has no machines of its own; ask one of these: ${names}`;
    throw new Refusal('not_offered', `Pool "${pool.name}" cannot ${what}: ${why}.`);
  }
  const { attaches, driver } = tx.requireProvider(pool.provider);
  if (attaches === true) return;
  throw new Refusal(
    'not_offered',
    `Provider "${pool.provider}" of pool "${pool.name}" cannot ${what}: its driver, ${driver}, does not offer that.`,
  );
}

/** One that is known to clients, whatever became of it. What could not be made and what is only on its way in is not. */
function requireMember(tx: Transaction, state: PoolState, machine: string): Resource {
  const found = findMachine(tx.world, state, machine);
  const isKnown =
    found !== undefined &&
    (found.externalId !== null || found.machine !== 'REJECTED') &&
    !isBeingAttached(tx, found);
  if (!isKnown) throw noSuchMachine(state.pool.name, machine);
  return found;
}

/** A member that may be taken away now: it exists, is not on its way out, and is in nobody's hands. */
function requireRemovable(tx: Transaction, state: PoolState, machine: string): Resource & { status: Idle } {
  const found = requireMember(tx, state, machine);
  if (!isAllocated(found)) throw noSuchMachine(state.pool.name, machine);
  const why = whyKept(found);
  if (why !== null)
    throw new Refusal('machine_not_evictable', `Machine ${machine} cannot be evicted: prevented by ${why}.`);
  if (jobOf(tx.world, found) !== undefined) throw busyWith(machine, 'something else is under way with it');
  if (!isIdle(found)) throw busyWith(machine, `it is ${found.status}`);
  return found;
}

function whyKept({ isEvictable, leaseId, status }: Resource): string | null {
  if (!isEvictable) return 'its membership status';
  if (leaseId !== null) return `lease ${leaseId}`;
  return ['preparing', 'leased', 'quarantined'].includes(status) ? `what it is, ${status}` : null;
}

type Idle = 'entering' | 'free';

function isIdle(resource: Resource): resource is Resource & { status: Idle } {
  return resource.status === 'entering' || resource.status === 'free';
}

/** What its pool does at an exit comes first, and then nobody can take it back: it is answered at once. */
function terminate(
  tx: Transaction,
  resource: Resource & { status: Idle },
  { lowersSize }: { lowersSize: boolean },
): MemberAsked {
  retireResource(tx, resource, 'a client terminates it');
  const loweredTo = lowersSize ? shiftSize(tx, resource.pool, -1) : null;
  const job = jobOf(tx.world, resource);
  if (job?.kind !== 'destroy') return { resource: resource.id, job: null };
  tx.put('job', job.id, { ...job, asked: { was: resource.status, loweredTo } });
  return { resource: resource.id, job: job.id };
}

/** It goes as it is: what its pool does at an exit is for what ends. */
function detach(
  tx: Transaction,
  resource: Resource & { status: Idle },
  { lowersSize }: { lowersSize: boolean },
): MemberAsked {
  const idle = dropRun(tx, resource);
  const exiting = changeResource(tx, idle, {
    status: nextResourceStatus(idle, 'retire'),
    hold: null,
  });
  tx.emit(
    'resource.exiting',
    { resource: resource.id, pool: resource.pool },
    { reason: 'a client detaches it' },
  );
  const loweredTo = lowersSize ? shiftSize(tx, resource.pool, -1) : null;
  const asked = { was: resource.status, loweredTo };
  return { resource: resource.id, job: startJob(tx, { kind: 'detach', asked }, exiting).id };
}

/** Where its provider keeps no marks, and of what is about to be gone, they are kept in the world alone. */
function markMachine(tx: Transaction, resource: Resource, marks: Marks): MemberAsked {
  const isKept = tx.world.providers.get(resource.provider)?.attaches === true && resource.externalId !== null;
  if (!isKept || resource.status === 'exiting') {
    markResource(tx, resource, marks);
    return { resource: resource.id, job: null };
  }
  if (jobOf(tx.world, resource) !== undefined)
    throw busyWith(resource.externalId ?? resource.id, 'something else is under way with it');
  return { resource: resource.id, job: startJob(tx, { kind: 'mark', marks }, resource).id };
}
