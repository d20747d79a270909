import { refuseInput } from '../errors.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { handOver } from './hand-over.ts';
import { requireText } from './require-staged.ts';
import { isAcquirable, stageAt, stageOf } from './stage-of.ts';
import { compareText } from '../world/sorted-list.ts';

/** Members that are taken by name at once. */
export const NAMES_MAX = 1_000;

export type TakeNamed = {
  readonly type: 'takeNamed';
  readonly names: readonly string[];
  readonly stage: string;
  readonly dest: string;
  readonly holder: string;
  /** All or nothing? Else what can be had is taken also when others cannot. */
  readonly isAtomic: boolean;
};

/** `taken`: in the order in which they came to their stage. */
export type TakenNamed = { readonly taken: readonly Resource[]; readonly missing: readonly string[] };

/**
 * Takes members by name, over all pools that are handed over by stage. A name that is said twice is one.
 *
 * Shape: a lease for each; `missing` are those that stand elsewhere, that somebody has, or that are not there. Who waits by stage is passed
 * over.
 * Errors: `invalid_input`, `over_quota`.
 */
export function takeNamed(tx: Transaction, input: TakeNamed): TakenNamed {
  for (const member of ['stage', 'dest', 'holder'] as const) requireText(member, input[member]);
  const names = [...new Set(input.names)];
  if (names.length > NAMES_MAX)
    throw refuseInput('/names', `at most ${NAMES_MAX} members are taken by name at once`);
  const found = names.map((name) => ({ name, resource: findTakeable(tx, name, input.stage) }));
  const missing = found.flatMap(({ name, resource }) => (resource === undefined ? [name] : []));
  if (input.isAtomic && missing.length > 0) return { taken: [], missing };
  const inOrder = found
    .flatMap(({ resource }) => (resource === undefined ? [] : [resource]))
    .toSorted((a, b) => stageAt(a) - stageAt(b) || compareText(a.name, b.name));
  const to = { holder: input.holder, dest: input.dest, waitedMs: null };
  return { taken: inOrder.map((resource) => handOver(tx, resource, to)), missing };
}

function findTakeable({ world }: Transaction, name: string, stage: string): Resource | undefined {
  const resource = world.resources.get(world.stagedByName.get(name) ?? '');
  if (resource === undefined || !isAcquirable(resource) || stageOf(resource) !== stage) return undefined;
  return world.pools.get(resource.pool)?.pool.status === 'open' ? resource : undefined;
}
