import { Refusal } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { compileFilter } from '../filter/filter.ts';
import type { ResourceStatus } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { withoutTrace } from '../world/without-trace.ts';
import type { World } from '../world/world.ts';
import { actOnResource } from './act-on-resource.ts';
import type { ResourceAction } from './act-on-resource.ts';
import { findResources } from './find-resources.ts';
import type { ResourceQuery } from './find-resources.ts';

/** Resources that one decision acts on: what waits for the keeper waits for no more than these. */
export const ACTED_ON_MAX = 100;

export type ActOnResources = {
  readonly type: 'actOnResources';
  readonly action: ResourceAction;
  /** For people: why. */
  readonly reason: string;
  readonly query: ResourceQuery;
  /** The id after which to go on; null: from the first. */
  readonly after: string | null;
  readonly limit: number;
  /** Only says what would be done. */
  readonly isDryRun: boolean;
};

/** What became of one resource; `status` is that of now, also in a dry run. `refusal` is null where it was done, or would be. */
export type ActionResult = {
  readonly id: string;
  /** Null where there is no such resource. */
  readonly name: string | null;
  readonly pool: string | null;
  readonly status: ResourceStatus;
  readonly refusal: { readonly code: ErrorCode; readonly message: string } | null;
};

export type ActedOnResources = {
  readonly results: readonly ActionResult[];
  /** The id after which to go on; null when there are no more. */
  readonly next: string | null;
};

/**
 * Does the same to many resources, in the order of their ids: to each by itself, so that one that refuses keeps no other from
 * it.
 *
 * Shape: each goes by the rules of `actOnResource`. A dry run carries everything out and takes it back.
 * Bounds: at most `ACTED_ON_MAX` a decision; the caller goes on after `next`.
 * Errors: `invalid_filter`, `pool_not_found`; what one resource refuses is part of the answer.
 * Source: invariant P22.
 */
export function actOnResources(tx: Transaction, input: ActOnResources): ActedOnResources {
  if (input.query.pool !== null) tx.requirePool(input.query.pool, '/pool');
  if (input.query.filter !== null) compileFilter(input.query.filter);
  return input.isDryRun ? withoutTrace(tx, () => act(tx, input)) : act(tx, input);
}

function act(
  tx: Transaction,
  { action, reason, query, after, limit, isDryRun }: ActOnResources,
): ActedOnResources {
  const range = { after, limit: Math.min(limit, ACTED_ON_MAX) };
  const { found, missing, next } = findResources(tx.world, query, range);
  const results = found.map(({ id, name, pool, status: before }): ActionResult => {
    const done = tx.attempt(() => actOnResource(tx, { type: 'actOnResource', resource: id, action, reason }));
    const refusal = done instanceof Refusal ? { code: done.code, message: done.message } : null;
    // What a dry run comes to in between is nothing that lasts.
    return { id, name, pool, status: isDryRun ? before : statusNow(tx.world, id), refusal };
  });
  return { results: [...results, ...missing.map(notThere)], next };
}

function notThere(id: string): ActionResult {
  const message = `There is no live resource "${id}".`;
  return { id, name: null, pool: null, status: 'gone', refusal: { code: 'resource_not_found', message } };
}

/** The results with the statuses that the world came to rest in. */
export function withStatuses(world: World, { results, next }: ActedOnResources): ActedOnResources {
  const settled = results.map((result) =>
    result.pool === null ? result : { ...result, status: statusNow(world, result.id) },
  );
  return { results: settled, next };
}

function statusNow(world: World, id: string): ResourceStatus {
  return world.resources.get(id)?.status ?? 'gone';
}
