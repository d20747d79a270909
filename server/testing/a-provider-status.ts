import type { ProviderStatus } from '../http/provider-status.ts';

/** How a provider's account does: well and idle, but for what a test says. */
export function aProviderStatus(overrides: Partial<ProviderStatus> = {}): ProviderStatus {
  return {
    provider: 'maker',
    limits: { concurrency: 8, ratePerSecond: 50, burst: 50, failures: 5, pauseMs: 5_000 },
    running: 0,
    waiting: 0,
    breaker: { state: 'closed', failures: 0, openUntil: null },
    filling: { isPaused: false, pausedUntil: null },
    rate: { waits: 0, waitedMs: 0 },
    attempts: {},
    lastError: null,
    looks: { lastSweepAt: null, observed: 0, failures: 0, lastError: null },
    ...overrides,
  };
}
