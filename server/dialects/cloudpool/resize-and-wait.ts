import type { World } from '@poolkeeper/core';
import type { Keeper } from '../../keeper/contract.ts';
import { CloudPoolError } from './errors.ts';
import { membersOf, requireRunning } from './instance.ts';

export type ResizeWait = { readonly waitMs: number; readonly signal: AbortSignal };
type Parts = { readonly keeper: Pick<Keeper, 'read' | 'until' | 'now'> };

/**
 * Waits until an update of that number, or a later one, has ended.
 *
 * Errors: `cloud` when it ended badly or takes longer; `not_started` when the pool is stopped meanwhile.
 */
export async function untilRoundEnded(
  { keeper }: Parts,
  { name, round }: { readonly name: string; readonly round: number },
  wait: ResizeWait,
): Promise<void> {
  const ended = await keeper.until(
    { kind: 'upkeep', id: name },
    (world) => {
      requireRunning(world, name);
      const last = world.upkeeps.get(name)?.lastRound ?? null;
      return last !== null && last.number >= round ? last : undefined;
    },
    wait,
  );
  if (ended === undefined) throw notInTime(wait);
  if (ended.error !== null)
    throw new CloudPoolError('cloud', `the update of the pool failed: ${ended.error}`);
}

/**
 * Waits until a native pool has nothing any more that was asked for and not yet answered.
 *
 * Errors: `cloud` when that takes longer; `unknown_instance` when the pool goes meanwhile.
 */
export async function untilAskedFor(
  { keeper }: Parts,
  name: string,
  { waitMs, signal }: ResizeWait,
): Promise<void> {
  const deadline = keeper.now() + waitMs;
  for (;;) {
    const waiting = await keeper.read((world) => requestedOf(world, name));
    if (waiting.length === 0) return;
    for (const id of waiting) {
      const isAnswered = await keeper.until(
        { kind: 'resource', id },
        ({ resources }) => resources.get(id)?.status !== 'requested' || undefined,
        { waitMs: Math.max(0, deadline - keeper.now()), signal },
      );
      if (isAnswered === undefined) throw notInTime({ waitMs, signal });
    }
  }
}

function requestedOf(world: World, name: string): string[] {
  const { state } = requireRunning(world, name);
  return [...membersOf(world, state)].flatMap(({ id, status }) => (status === 'requested' ? [id] : []));
}

const MS_PER_SECOND = 1_000;

function notInTime({ waitMs, signal }: ResizeWait): CloudPoolError {
  const what = signal.aborted
    ? 'the size is set, and the server stops before it took effect; the pool goes on towards it when the server runs again'
    : `the size is set, and did not take effect within ${Math.round(waitMs / MS_PER_SECOND)} seconds; the pool goes on towards it`;
  return new CloudPoolError('cloud', what);
}
