import type { World, WorldEvent } from '@poolkeeper/core';
import type { Keeper } from '../../keeper/contract.ts';
import type { Timers } from '../../timers.ts';
import { CloudPoolError } from './errors.ts';
import { poolsOf, requireRunning } from './instance.ts';

export type ResizeWait = { readonly waitMs: number; readonly signal: AbortSignal };
type Parts = { readonly keeper: Pick<Keeper, 'read' | 'subscribe' | 'until'>; readonly timers: Timers };

/**
 * Waits until an update of that number, or a later one, has ended.
 *
 * Errors: `cloud` when it ended badly or takes longer; `not_started` when the pool is stopped meanwhile.
 */
export async function untilRoundEnded(
  { keeper }: Pick<Parts, 'keeper'>,
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
  if (ended === undefined) throw notInTime(wait.waitMs);
  if (ended.error !== null)
    throw new CloudPoolError('cloud', `the update of the pool failed: ${ended.error}`);
}

/**
 * Waits until a native pool has nothing any more that was asked for and not yet answered. Errors: `cloud` when that takes longer.
 */
export async function untilAskedFor(
  { keeper, timers }: Parts,
  name: string,
  wait: ResizeWait,
): Promise<void> {
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  const cancel = timers.set(wait.waitMs, end);
  const onAbort = (): void => end();
  wait.signal.addEventListener('abort', onAbort, { once: true });
  let hasTime = !wait.signal.aborted;
  void isOver.then(() => (hasTime = false));
  let ring = (): void => {};
  const unsubscribe = keeper.subscribe((events) => {
    if (events.some(isOfMember)) ring();
  });
  try {
    for (;;) {
      const rung = new Promise<void>((resolve) => (ring = resolve));
      if (await keeper.read((world) => isAnswered(world, name))) return;
      if (!hasTime) throw notInTime(wait.waitMs);
      await Promise.race([rung, isOver]);
    }
  } finally {
    cancel();
    unsubscribe();
    wait.signal.removeEventListener('abort', onAbort);
  }
}

function isOfMember({ resource }: WorldEvent): boolean {
  return resource !== null;
}

function isAnswered(world: World, name: string): boolean {
  const { state } = requireRunning(world, name);
  for (const { counts } of poolsOf(world, state)) if (counts.requested > 0) return false;
  return true;
}

const MS_PER_SECOND = 1_000;

function notInTime(waitMs: number): CloudPoolError {
  return new CloudPoolError(
    'cloud',
    `the size is set, and did not take effect within ${Math.round(waitMs / MS_PER_SECOND)} seconds; the pool goes on towards it`,
  );
}
