import type { FindWork, ProviderLimits, ProviderWork } from '@poolkeeper/core';

/** How the outside work of one provider goes, as the jobs room counts it. Instants are milliseconds UTC. */
export type ProviderStatus = Omit<ProviderWork, 'failedLooks'> & {
  readonly provider: string;
  readonly limits: Required<ProviderLimits>;
  /** Calls that had to wait for the rate alone, and for how long altogether, in milliseconds. */
  readonly rate: { readonly waits: number; readonly waitedMs: number };
  /** Attempts at jobs since the start, by result. */
  readonly attempts: Readonly<Record<string, number>>;
  readonly lastError: { readonly at: number; readonly pool: string; readonly message: string } | null;
  /** Looks at what it made; null for one that makes nothing, and before the first. */
  readonly looks: {
    readonly lastSweepAt: number | null;
    readonly observed: number;
    /** Failures in a row. */
    readonly failures: number;
    readonly lastError: { readonly at: number; readonly message: string } | null;
  } | null;
};

export type ProvidersStatus = () => readonly ProviderStatus[];

/** What explanations need to know of one. */
export function workOf(status: ProviderStatus): ProviderWork {
  return { ...status, failedLooks: status.looks?.failures ?? 0 };
}

/** Looks the work of providers up by name, as it is now. */
export function workFinder(providersStatus: ProvidersStatus): FindWork {
  const byName = new Map(providersStatus().map((status) => [status.provider, status]));
  return (provider) => {
    const status = byName.get(provider);
    return status === undefined ? undefined : workOf(status);
  };
}
