import type { Resource, World } from '@poolkeeper/core';
import type { Keeper } from '../keeper/contract.ts';
import type { Timers } from '../timers.ts';

type Parts = { readonly keeper: Pick<Keeper, 'read' | 'subscribe'>; readonly timers: Timers };

/**
 * Resolves when none of the resources is on its way any more: each is free, lent, held for a person, set aside or gone. Or after
 * the time that is given, or when the signal aborts, whichever comes first.
 *
 * Shape: looks again only after an event of one that is still on its way.
 */
export async function untilSettled(
  { keeper, timers }: Parts,
  ids: readonly string[],
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<void> {
  let waiting: ReadonlySet<string> = new Set(ids);
  const bell = createBell();
  const over = new AbortController();
  const end = (): void => {
    over.abort();
    bell.ring();
  };
  const cancel = timers.set(waitMs, end);
  const unsubscribe = keeper.subscribe((events) => {
    if (events.some(({ resource }) => resource !== null && waiting.has(resource))) bell.ring();
  });
  signal.addEventListener('abort', end, { once: true });
  try {
    while (!over.signal.aborted && !signal.aborted) {
      const rung = bell.next();
      const left = await keeper.read((world) => onTheirWay(world, waiting));
      if (left.length === 0) return;
      waiting = new Set(left);
      await rung;
    }
  } finally {
    cancel();
    unsubscribe();
    signal.removeEventListener('abort', end);
  }
}

function onTheirWay(world: World, ids: ReadonlySet<string>): string[] {
  return [...ids].filter((id) => isOnItsWay(world.resources.get(id)));
}

function isOnItsWay(resource: Resource | undefined): boolean {
  return resource?.hold === null && (resource.status === 'exiting' || resource.status === 'entering');
}

/** `next` resolves at the first ring after it was asked for. */
function createBell(): { ring: () => void; next: () => Promise<void> } {
  let ring = (): void => {};
  return {
    ring: () => ring(),
    next: () =>
      new Promise<void>((resolve) => {
        ring = resolve;
      }),
  };
}
