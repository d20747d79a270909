import type { PoolState } from '../world/pool-state.ts';

/** Requests that are shown; how many there are is told. */
const WAITERS_SHOWN_MAX = 100;

/** How members that are handed over by stage stand, and who waits for them. Instants are milliseconds UTC. */
export type StagesExplanation = {
  readonly stages: readonly { readonly stage: string; readonly members: number; readonly held: number }[];
  readonly waiting: number;
  /** `position`: null while it does not ask, so that others are served as if it were not there. */
  readonly waiters: readonly {
    readonly stage: string;
    readonly request: string;
    readonly position: number | null;
    readonly since: number;
  }[];
};

/** Says how the members of a pool stand that are handed over by stage; undefined where they are not. */
export function explainStages({ staged }: PoolState, now: number): StagesExplanation | undefined {
  if (staged === null) return undefined;
  const counts = [...staged.counts()].map(([stage, count]) => ({ stage, ...count }));
  const waiters = [...staged.waiters().take(WAITERS_SHOWN_MAX)].map((waiter) => {
    const { stage, request, createdAt: since, askBy } = waiter;
    const position = askBy < now ? null : (staged.line(stage)?.rank(waiter, now) ?? null);
    return { stage, request, position, since };
  });
  return { stages: counts, waiting: staged.waitingCount, waiters };
}
