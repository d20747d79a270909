import type { ProviderStatus } from './http/provider-status.ts';
import type { SweepStatus } from './jobs/observer.ts';
import type { LaneStatus } from './jobs/provider-lane.ts';

/** What is known of the work of each provider: of its jobs, and of the looks at what it made. */
export function joinStatuses(
  lanes: readonly LaneStatus[],
  sweeps: readonly SweepStatus[],
): readonly ProviderStatus[] {
  return lanes.map((lane) => ({
    ...lane,
    looks: sweeps.find(({ provider }) => provider === lane.provider) ?? null,
  }));
}
