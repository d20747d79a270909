import type { PoolState } from '../world/pool-state.ts';
import { memberCount, targetSize } from '../pool/resize-pool.ts';

/** How the outside work of one provider's account goes, as whoever does it counts it. Instants are milliseconds UTC. */
export type ProviderWork = {
  readonly running: number;
  readonly waiting: number;
  readonly breaker: {
    readonly state: 'closed' | 'open' | 'half-open';
    /** Failures in a row. */
    readonly failures: number;
    readonly openUntil: number | null;
  };
  /** Are creations held back, because it has no capacity or quota left? */
  readonly filling: {
    readonly isPaused: boolean;
    /** Until when none is tried; null when one is tried next, and while they are not held back. */
    readonly pausedUntil: number | null;
  };
  /** Looks at what it made that failed in a row. */
  readonly failedLooks: number;
};

/** Who knows how a provider's work goes; undefined for one that nothing was asked of. */
export type FindWork = (provider: string) => ProviderWork | undefined;

export const PROVIDER_STATES = ['ok', 'failing', 'paused', 'half-open', 'open'] as const;
export type ProviderState = (typeof PROVIDER_STATES)[number];

export type ProviderExplanation = {
  /**
   * `paused`: its quota is used up, so nothing is created for now. `open`: it failed so often that no job is tried;
   * `half-open`: one job is being tried to see whether it is well again. `failing`: the last calls failed, and it goes on.
   */
  readonly state: ProviderState;
  /** What goes on, and what happens next, for a tired person; it repeats nothing that the provider said. */
  readonly summary: string;
  /** When the state may change by itself, in milliseconds UTC; null where nobody can say. */
  readonly until: number | null;
};

/** Says how a provider's account does and what happens next. */
export function explainProvider(work: ProviderWork | undefined): ProviderExplanation {
  if (work === undefined) return { state: 'ok', summary: 'Nothing was asked of it yet.', until: null };
  const { state, until } = stateOf(work);
  return { state, until, summary: SENTENCES[state](work, until) };
}

function stateOf({ breaker, filling, failedLooks }: ProviderWork): {
  state: ProviderState;
  until: number | null;
} {
  if (breaker.state === 'open') return { state: 'open', until: breaker.openUntil };
  if (breaker.state === 'half-open') return { state: 'half-open', until: null };
  if (filling.isPaused) return { state: 'paused', until: filling.pausedUntil };
  return { state: breaker.failures > 0 || failedLooks > 0 ? 'failing' : 'ok', until: null };
}

const SENTENCES: Record<ProviderState, (work: ProviderWork, until: number | null) => string> = {
  ok: ({ running, waiting }) => `It answers; jobs under way: ${running}, waiting: ${waiting}.`,
  failing: ({ breaker, failedLooks }) =>
    [
      ...(breaker.failures > 0
        ? [`Jobs that failed in a row: ${breaker.failures}; they are tried again.`]
        : []),
      ...(failedLooks > 0
        ? [`Looks that failed in a row: ${failedLooks}; what is known of its resources may be old.`]
        : []),
    ].join(' '),
  paused: ({ waiting }, until) =>
    until === null
      ? `Its quota or capacity is used up; one creation is tried next. Jobs waiting: ${waiting}.`
      : `Its quota or capacity is used up; creations are paused until ${clockText(until)}, then one is tried. ` +
        `What is to be destroyed still is. Jobs waiting: ${waiting}.`,
  open: ({ breaker, waiting }, until) =>
    `Jobs that failed in a row: ${breaker.failures}; no job is tried until ${clockText(until)}, then one is. ` +
    `Jobs waiting: ${waiting}.`,
  'half-open': ({ waiting }) =>
    `It failed, and one job is being tried now to see whether it is well again. Jobs waiting: ${waiting}.`,
};

/**
 * Why a pool stays below its size for the sake of its provider's account, and what to do: a sentence or two for people. Null
 * where it has what it should, or the account does not keep it from that.
 */
export function fillingTrouble(state: PoolState, work: ProviderWork | undefined): string | null {
  const target = targetSize(state);
  if (work === undefined || target === null || state.pool.status === 'removing') return null;
  // Those that are asked for and not made yet are missing to whoever waits for them.
  const missing = target - memberCount(state) + state.counts.requested;
  if (missing <= 0) return null;
  const provider = `The provider "${state.pool.provider}"`;
  const lacks = `(${missing} of ${target} members missing)`;
  const { state: condition, until } = explainProvider(work);
  switch (condition) {
    case 'paused':
      return until === null
        ? `${provider} says its quota is used up; one member is tried next ${lacks}. Raise the quota or lower the size.`
        : `${provider} says its quota is used up; filling is paused until ${clockText(until)} ${lacks}. Raise the quota or lower the size.`;
    case 'open':
      return `${provider} failed ${work.breaker.failures} times in a row; no job is tried until ${clockText(until)} ${lacks}. See its last error; it is tried again by itself.`;
    case 'half-open':
      return `${provider} failed, and one job is being tried now to see whether it is well again ${lacks}.`;
    case 'failing':
    case 'ok':
      return null;
  }
}

/** The time of day, to the second; these instants are soon. */
export function clockText(at: number | null): string {
  return at === null ? 'soon' : `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
