import { explainProvider, formatDuration, memberCount, targetSize } from '@poolkeeper/core';
import type { PoolState, ProviderEntry, ProviderLimits, Token } from '@poolkeeper/core';
import { isOverseer, mayUsePool } from '../access.ts';
import { instantText, maybeInstantText } from '../instant.ts';
import { workOf } from '../provider-status.ts';
import type { ProviderStatus } from '../provider-status.ts';
import type { ProviderBody } from '../schemas/provider.ts';

/** Pools of one provider that are listed with it. */
const POOLS_SHOWN_MAX = 100;

/** What there is to say of one provider; `pools` are those in the token's grant. */
export type ProviderSight = {
  readonly info: ProviderEntry;
  readonly status: ProviderStatus | undefined;
  readonly pools: readonly PoolState[];
};

/**
 * A provider as the API shows it to a token: never its options, which may hold secrets. What its place said in an error may be
 * of a pool that is not the token's, so that is for overseers of that pool.
 */
export function viewProvider({ info, status, pools }: ProviderSight, token: Token): ProviderBody {
  const { state, summary, until } = explainProvider(status === undefined ? undefined : workOf(status));
  const error = status?.lastError ?? null;
  const maySeeError = error !== null && isOverseer(token) && mayUsePool(token, error.pool);
  return {
    name: info.name,
    driver: info.driver,
    status: info.status,
    version: info.version,
    makes: info.makes,
    state,
    summary,
    until: maybeInstantText(until === null ? null : Math.ceil(until)),
    limits: status === undefined ? null : viewLimits(status.limits),
    running: status?.running ?? 0,
    waiting: status?.waiting ?? 0,
    attempts: { ...status?.attempts },
    lastError: maySeeError ? { at: instantText(error.at), message: error.message } : null,
    lastObserve: viewLooks(status?.looks ?? null, token),
    pools: pools.slice(0, POOLS_SHOWN_MAX).map(viewPoolOf),
    poolCount: pools.length,
  };
}

function viewLimits(limits: Required<ProviderLimits>): ProviderBody['limits'] {
  const { ratePerSecond, pauseMs, ...rest } = limits;
  return { ...rest, rate: ratePerSecond, pause: formatDuration(pauseMs) };
}

function viewLooks(looks: ProviderStatus['looks'], token: Token): ProviderBody['lastObserve'] {
  if (looks === null) return null;
  const { lastSweepAt, observed, failures, lastError } = looks;
  const maySeeError = failures > 0 && isOverseer(token) && token.pools === null;
  return {
    at: maybeInstantText(lastSweepAt),
    things: observed,
    failures,
    error: maySeeError ? (lastError?.message ?? null) : null,
  };
}

function viewPoolOf(state: PoolState): ProviderBody['pools'][number] {
  return {
    name: state.pool.name,
    target: targetSize(state),
    members: memberCount(state),
    unmade: state.counts.requested,
    leaving: state.counts.exiting,
    held: state.heldCount,
  };
}
