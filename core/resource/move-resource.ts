import { Refusal } from '../errors.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import type { TransitionSpec } from '../model/transition.ts';
import type { Transaction } from '../world/transaction.ts';
import { requireTransition } from '../workflow/require-transition.ts';
import { changeResource } from './change-resource.ts';
import { leavePool } from './end-transition.ts';
import { requireFreeName, requireRegistrable } from './register-resource.ts';
import { beginTransition } from './transition.ts';
import { unsetAside } from './turnover.ts';

export type MoveResource = {
  readonly type: 'moveResource';
  readonly resource: string;
  readonly pool: string;
  /** What the caller adds to the exit of the pool that it leaves, and to the enter of the one that it goes to. */
  readonly on?: { readonly exit?: TransitionSpec; readonly enter?: TransitionSpec };
  readonly version?: number;
};

/**
 * Moves a free resource to another pool of the same kind and provider: its pool's exit, then the other's enter. A quarantined one
 * is moved as it is.
 *
 * Shape: where neither pool does anything, the resource is free in the other pool at once.
 * Errors: `resource_not_found`, `pool_not_found`, `invalid_input`, `pool_is_sized`, `resource_name_taken`, `resource_transition_refused`.
 */
export function moveResource(tx: Transaction, input: MoveResource): Resource {
  const resource = tx.require('resource', input.resource, input.version);
  const target = tx.requirePool(input.pool, '/pool');
  if (input.on?.exit !== undefined) requireTransition(tx, input.on.exit, '/on/exit');
  if (input.on?.enter !== undefined) requireTransition(tx, input.on.enter, '/on/enter');
  if (resource.pool === input.pool) return resource;
  if ((resource.status !== 'free' && resource.status !== 'quarantined') || resource.hold !== null) {
    throw refuse(resource, 'Only a free or quarantined resource can be moved.');
  }
  requireRegistrable(tx, target);
  if (target.pool.kind !== resource.kind || target.pool.provider !== resource.provider) {
    throw refuse(resource, `Pool "${input.pool}" has another kind or provider than pool "${resource.pool}".`);
  }
  requireFreeName(tx.world, target, resource);
  if (resource.status === 'quarantined') return moveAsItIs(tx, resource, input.pool);
  const leaving = changeResource(tx, unsetAside(tx, resource), {
    status: nextResourceStatus(resource, 'leave'),
    destination: { pool: input.pool, enter: input.on?.enter ?? null },
  });
  if (beginTransition(tx, leaving, { transition: 'exit', call: input.on?.exit ?? null }))
    leavePool(tx, tx.world.resources.get(resource.id) as Resource);
  return tx.world.resources.get(resource.id) as Resource;
}

function moveAsItIs(tx: Transaction, resource: Resource, pool: string): Resource {
  const moved = changeResource(tx, resource, { pool });
  tx.emit('resource.moved', { resource: resource.id, pool }, { from: resource.pool });
  return moved;
}

function refuse(resource: Resource, why: string): Refusal {
  return new Refusal(
    'resource_transition_refused',
    `Resource ${resource.name} is ${resource.status}, so "move" is refused. ${why}`,
  );
}
