import type { ProviderStatus } from './http/provider-status.ts';
import type { SweepStatus } from './jobs/observer.ts';
import type { LaneStatus } from './jobs/provider-lane.ts';

/** What is known of the work of each provider that there is: of its jobs, and of the looks at what it made. */
export function joinStatuses(
  providers: ReadonlyMap<string, unknown>,
  lanes: readonly LaneStatus[],
  sweeps: readonly SweepStatus[],
): readonly ProviderStatus[] {
  const looks = new Map(sweeps.map((sweep) => [sweep.provider, sweep]));
  return lanes
    .filter(({ provider }) => providers.has(provider))
    .map((lane) => ({ ...lane, looks: looks.get(lane.provider) ?? null }));
}
