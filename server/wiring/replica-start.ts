import type { ClusterView } from '../cluster/contract.ts';
import type { Clock, Timers } from '../timers.ts';
import type { ReplicaStart } from './running-server.ts';

/** How long a start waits for somebody to keep the world, in milliseconds; it goes on without. */
const KEEPER_MS_MAX = 5_000;

/** Resolves when a replica keeps the world, or knows who does; also when that does not come in time. */
export function untilServed(view: ClusterView, timers: Timers): Promise<void> {
  const isServed = (): boolean => {
    const keeper = view.keeper();
    return keeper !== undefined && (!keeper.isSelf || view.role() === 'keeping');
  };
  return new Promise((resolve) => {
    const done = (): void => {
      forget();
      cancel();
      resolve();
    };
    const forget = view.onChange(() => isServed() && done());
    const cancel = timers.set(KEEPER_MS_MAX, done);
    if (isServed()) done();
  });
}

/** How it stands when it starts. */
export function describeReplica(view: ClusterView): ReplicaStart {
  const keeper = view.keeper();
  return {
    name: view.self.name,
    keeper: keeper?.card.name ?? null,
    isKeeper: view.role() === 'keeping',
    isHalted: view.role() === 'halted',
  };
}

/** Tells how long each take-over took, from the term that was acquired to requests that are answered, in milliseconds. */
export function timeTakeOvers(
  view: ClusterView,
  { elapsed, tookOver }: { readonly elapsed: Clock; readonly tookOver: (durationMs: number) => void },
): void {
  let startedAt: number | undefined;
  view.onChange(() => {
    const role = view.role();
    if (role === 'keeping' && startedAt !== undefined) tookOver(elapsed.now() - startedAt);
    startedAt = role === 'takingOver' ? elapsed.now() : undefined;
  });
}
