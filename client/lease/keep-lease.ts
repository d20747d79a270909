import type { Lease } from '../api.gen.ts';
import { startDeadline } from '../deadline.ts';
import { ApiError, LeaseLostError, NoAnswerError } from '../errors.ts';
import type { LeaseParts } from './lease-parts.ts';
import type { OnNotice } from './notice.ts';
import { tell } from './release-lease.ts';

/** Heartbeats in one interval: two may be lost. */
const BEATS_PER_INTERVAL = 3;
/** Tries in the time between two heartbeats, after one that failed. */
const TRIES_PER_BEAT = 4;
/** The shortest pause between two requests, in milliseconds. */
const PAUSE_MS_MIN = 100;
/** How long after the end of its time a lease is looked at, in milliseconds; before, the server could not know. */
const AFTER_END_MS = 250;
/** How long the question may take why a lease is gone, in milliseconds: the work under it has to end. */
const REASON_MS_MAX = 3_000;

export type KeepInput = {
  readonly lease: Lease;
  readonly heartbeatMs: number;
  /** Is the lease made longer while it is kept, up to what the pool allows? */
  readonly isRenewed: boolean;
  readonly signal: AbortSignal;
  /** Told each time the server has shown the lease anew. */
  readonly onSeen: (lease: Lease) => void;
  readonly onNotice: OnNotice | undefined;
};

/**
 * Keeps an active lease: heartbeats, and renewals if wanted, until the signal aborts or the lease is gone. Only what the
 * server says ends it; while no answer comes it goes on trying.
 *
 * Shape: resolves to how the lease was lost, or to null after the signal; never rejects.
 */
export async function keepLease(parts: LeaseParts, input: KeepInput): Promise<LeaseLostError | null> {
  const { now, sleep } = parts.system;
  const { signal, onSeen, onNotice } = input;
  let { lease } = input;
  // Lengths by the server's clock, from a beginning by ours: the two clocks may differ.
  const grantedAt = now();
  const durationMs = lengthOf(lease);
  const beatMs = Math.max(PAUSE_MS_MIN, Math.min(input.heartbeatMs, durationMs) / BEATS_PER_INTERVAL);
  let endsAt = grantedAt + durationMs;
  let isRenewed = input.isRenewed;
  let hasFailed = false;
  for (;;) {
    const untilEndMs = endsAt - now() + AFTER_END_MS;
    const pauseMs = hasFailed ? beatMs / TRIES_PER_BEAT : beatMs;
    const delayMs = untilEndMs > 0 ? Math.min(pauseMs, untilEndMs) : pauseMs;
    const isPaused = await sleep(Math.max(PAUSE_MS_MIN, delayMs), signal).then(
      () => true,
      () => false,
    );
    if (!isPaused) return null;
    const wantsRenewal = isRenewed && endsAt - now() < durationMs / 2;
    const outcome = await beat(parts, lease.id, {
      wantsRenewal,
      timeoutMs: beatMs * BEATS_PER_INTERVAL,
      signal,
    });
    if (signal.aborted) return null;
    switch (outcome.kind) {
      case 'kept':
        ({ lease } = outcome);
        onSeen(lease);
        endsAt = grantedAt + lengthOf(lease);
        if (hasFailed) tell(onNotice, { kind: 'heartbeat_answered', lease });
        hasFailed = false;
        break;
      case 'at maximum':
        isRenewed = false;
        tell(onNotice, { kind: 'at_maximum', lease, endsInMs: Math.max(0, endsAt - now()) });
        break;
      case 'lost':
        return lostLease(parts, outcome);
      case 'failed':
        if (!hasFailed) tell(onNotice, { kind: 'heartbeat_failed', lease, error: outcome.error });
        hasFailed = true;
        break;
    }
  }
}

type Beat =
  | { readonly kind: 'kept'; readonly lease: Lease }
  | { readonly kind: 'at maximum' }
  | {
      readonly kind: 'lost';
      readonly leaseId: string;
      readonly lease: Lease | undefined;
      readonly detail: string;
    }
  | { readonly kind: 'failed'; readonly error: ApiError | NoAnswerError };

type BeatInput = { readonly wantsRenewal: boolean; readonly timeoutMs: number; readonly signal: AbortSignal };

async function beat({ url, system, leases }: LeaseParts, id: string, input: BeatInput): Promise<Beat> {
  using deadline = startDeadline(system, Math.ceil(input.timeoutMs), input.signal);
  const options = { signal: deadline.signal };
  try {
    const lease = input.wantsRenewal ? await leases.renew(id, options) : await leases.heartbeat(id, options);
    return lease.status === 'ending' || lease.status === 'ended'
      ? { kind: 'lost', leaseId: id, lease, detail: lease.status }
      : { kind: 'kept', lease };
  } catch (error) {
    if (error instanceof NoAnswerError) return { kind: 'failed', error };
    if (!(error instanceof ApiError)) {
      const why = deadline.isOver ? `no answer came within ${input.timeoutMs / 1_000} s` : String(error);
      return { kind: 'failed', error: new NoAnswerError(url, why, { cause: error }) };
    }
    if (error.code === 'lease_at_maximum') return { kind: 'at maximum' };
    if (error.code === 'lease_not_found' || error.code === 'lease_not_active')
      return { kind: 'lost', leaseId: id, lease: undefined, detail: error.detail };
    return { kind: 'failed', error };
  }
}

/** Why it ended, as the lease itself says it; else as the heartbeat was refused. */
async function lostLease(
  { system, leases }: LeaseParts,
  { leaseId, lease, detail }: Extract<Beat, { kind: 'lost' }>,
): Promise<LeaseLostError> {
  using deadline = startDeadline(system, REASON_MS_MAX);
  const seen = lease ?? (await leases.get(leaseId, { signal: deadline.signal }).catch(() => undefined));
  return new LeaseLostError(leaseId, seen?.endReason ?? null, detail);
}

/** How long the lease lasts from its grant, in milliseconds. */
function lengthOf({ grantedAt, expiresAt }: Lease): number {
  return grantedAt === null || expiresAt === null ? Infinity : Date.parse(expiresAt) - Date.parse(grantedAt);
}
