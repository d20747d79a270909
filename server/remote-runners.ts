import type { Keeper } from './keeper/contract.ts';
import { RemoteWork } from './runners/remote-work.ts';
import type { RemoteWorkParts } from './runners/remote-work.ts';

/** The work of runners on other machines, decided on by the keeper. Without logs, what steps put out goes nowhere. */
export function createRemoteWork(
  keeper: Keeper,
  parts: Pick<RemoteWorkParts, 'clock' | 'timers' | 'logger'> & Partial<RemoteWorkParts>,
): RemoteWork {
  return new RemoteWork({
    openInput: ({ with: input }) => ({ input, secretValues: [] }),
    logs: { open: () => ({ write: () => {}, close: () => Promise.resolve() }) },
    claimJob: async (job, runner) => (await keeper.ask({ type: 'claimJob', job, runner })).job,
    releaseClaim: async (job, fence, reason) =>
      void (await keeper.ask({ type: 'releaseClaim', job, fence, reason })),
    finishJob: async (job, fence, outcome) =>
      (await keeper.ask({ type: 'finishJob', job, outcome, fence })).isAccepted,
    ...parts,
  });
}
