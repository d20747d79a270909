import type { ApiClient } from '../api-client.ts';
import { ApiProblem } from '../api-error.ts';
import type { Lease } from '../api-types.ts';
import type { CliContext } from '../context.ts';
import { explainError } from '../explain-error.ts';
import { formatSpan } from '../format-time.ts';

/** Heartbeats in one interval: two may be lost. */
const BEATS_PER_INTERVAL = 3;
/** Tries in the time between two heartbeats, after one that failed. */
const TRIES_PER_BEAT = 4;
/** The shortest pause between two requests, in milliseconds. */
const PAUSE_MS_MIN = 100;
/** How long after the end of its time a lease is looked at, in milliseconds; before, the server could not know. */
const AFTER_END_MS = 250;

/** How long the question may take why a lease is gone, in milliseconds: the command has to end. */
const REASON_MS_MAX = 3_000;

/** A lease that is gone, in words: since when its resources are somebody else's is not for us to know. */
export type Lost = { readonly reason: string };

type Input = {
  readonly lease: Lease;
  readonly heartbeatMs: number;
  /** Is the lease made longer while it is kept, up to what the pool allows? */
  readonly isRenewed: boolean;
  readonly signal: AbortSignal;
  /** Says something to the user. */
  readonly report: (text: string) => void;
};

/**
 * Keeps an active lease: heartbeats, and renewals if wanted, until the signal aborts or the lease is gone. Only what the
 * server says ends it; while no answer comes it goes on trying.
 *
 * Shape: resolves to how the lease was lost, or to null after the signal; never rejects.
 */
export async function keepLease(
  parts: { readonly context: Pick<CliContext, 'now' | 'sleep'>; readonly client: ApiClient },
  input: Input,
): Promise<Lost | null> {
  const { context } = parts;
  const { lease, signal, report } = input;
  const path = `/v1/leases/${encodeURIComponent(lease.id)}`;
  // Lengths by the server's clock, from a beginning by ours: the two clocks may differ.
  const grantedAt = context.now();
  const durationMs = lengthOf(lease);
  const beatMs = Math.max(PAUSE_MS_MIN, Math.min(input.heartbeatMs, durationMs) / BEATS_PER_INTERVAL);
  let endsAt = grantedAt + durationMs;
  let isRenewed = input.isRenewed;
  let hasFailed = false;
  for (;;) {
    const untilEndMs = endsAt - context.now() + AFTER_END_MS;
    const pauseMs = hasFailed ? beatMs / TRIES_PER_BEAT : beatMs;
    const isPaused = await pause(context, untilEndMs > 0 ? Math.min(pauseMs, untilEndMs) : pauseMs, signal);
    if (!isPaused) return null;
    const wantsRenewal = isRenewed && endsAt - context.now() < durationMs / 2;
    const outcome = await beat(parts, path, { wantsRenewal, timeoutMs: beatMs * BEATS_PER_INTERVAL, signal });
    if (signal.aborted) return null;
    switch (outcome.kind) {
      case 'kept':
        endsAt = grantedAt + lengthOf(outcome.lease);
        if (hasFailed) report(`lease ${lease.id}: heartbeats are answered again`);
        hasFailed = false;
        break;
      case 'at maximum':
        isRenewed = false;
        report(
          `lease ${lease.id} cannot be made longer; it ends, and the command with it, in ${formatSpan(endsAt - context.now())}`,
        );
        break;
      case 'lost':
        return { reason: await reasonOf(parts, path, outcome.reason) };
      case 'failed':
        if (!hasFailed) report(`lease ${lease.id}: a heartbeat failed, trying on: ${outcome.reason}`);
        hasFailed = true;
        break;
    }
  }
}

/** Answers whether the time has passed; else the signal has aborted. */
async function pause(
  context: Pick<CliContext, 'sleep'>,
  delayMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await context.sleep(Math.max(PAUSE_MS_MIN, delayMs), signal);
    return true;
  } catch {
    return false;
  }
}

type Beat =
  | { readonly kind: 'kept'; readonly lease: Lease }
  | { readonly kind: 'at maximum' }
  | { readonly kind: 'lost' | 'failed'; readonly reason: string };

async function beat(
  { client }: { readonly client: ApiClient },
  path: string,
  input: { wantsRenewal: boolean; timeoutMs: number; signal: AbortSignal },
): Promise<Beat> {
  const signal = AbortSignal.any([input.signal, AbortSignal.timeout(Math.ceil(input.timeoutMs))]);
  try {
    const lease = input.wantsRenewal
      ? await client.act<Lease>(`${path}/renew`, {}, { signal })
      : await client.act<Lease>(`${path}/heartbeat`, undefined, { signal });
    return lease.status === 'ending' || lease.status === 'ended'
      ? { kind: 'lost', reason: lease.endReason ?? lease.status }
      : { kind: 'kept', lease };
  } catch (error) {
    if (error instanceof ApiProblem) {
      const { code, detail } = error.problem;
      if (code === 'lease_at_maximum') return { kind: 'at maximum' };
      if (code === 'lease_not_found' || code === 'lease_not_active') return { kind: 'lost', reason: detail };
    }
    return { kind: 'failed', reason: explainError(error).lines[0] ?? '' };
  }
}

/** Why it ended, as the lease itself says it; else as the heartbeat was refused. */
async function reasonOf(
  parts: { readonly client: ApiClient },
  path: string,
  otherwise: string,
): Promise<string> {
  try {
    const { endReason } = await parts.client.get<Lease>(
      path,
      {},
      { signal: AbortSignal.timeout(REASON_MS_MAX) },
    );
    return endReason === null ? otherwise : (WORDS[endReason] ?? endReason);
  } catch {
    return otherwise;
  }
}

const WORDS: Readonly<Record<string, string | undefined>> = {
  released: 'somebody released it',
  expired: 'its time was over',
  heartbeat_missed: 'the server heard no heartbeat for too long',
  ended_by_operator: 'an operator ended it',
  pool_removed: 'its pool was removed',
};

/** How long the lease lasts from its grant, in milliseconds. */
function lengthOf({ grantedAt, expiresAt }: Lease): number {
  return grantedAt === null || expiresAt === null ? Infinity : Date.parse(expiresAt) - Date.parse(grantedAt);
}
