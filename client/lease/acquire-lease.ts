import type { Lease, LeaseRequest } from '../api.gen.ts';
import { startDeadline } from '../deadline.ts';
import { durationMs, durationText } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { ApiError, LeaseNotGrantedError, NoAnswerError } from '../errors.ts';
import type { Query } from '../pages.ts';
import type { LeaseParts } from './lease-parts.ts';
import type { OnNotice } from './notice.ts';
import { releaseQuietly } from './release-lease.ts';

/** How long one look at the queue waits for the grant, in milliseconds; so old the place that is told may be. */
const POLL_MS = 5_000;
/** The same of a lease that is being prepared, for which the server does not hold its answer. */
const PREPARING_POLL_MS = 500;
/** A server that is away for longer than this has taken the place in its queue along. Milliseconds. */
const SILENCE_MS_MAX = 60_000;
const SILENCE_POLL_MS = 1_000;
/** How long after the end of the wait an answer may come that is on its way, in milliseconds. */
const LATE_MS_MAX = 2_000;
/** How long an aborted call waits for the answer to its request, in milliseconds. */
const ABORTED_MS_MAX = 3_000;

/** What is asked for, and how to wait for it. */
export type AcquireInput = Omit<Query<LeaseRequest>, 'duration' | 'heartbeat' | 'wait'> & {
  /** How long it lasts from its grant; where nothing is said, what the pool says. */
  readonly duration?: Duration | undefined;
  /** The lease ends when its holder is silent for so long. */
  readonly heartbeat?: Duration | undefined;
  /** How long to wait in the queue; where nothing is said, as long as it takes. */
  readonly wait?: Duration | undefined;
  /** Ends the wait, and withdraws the request. */
  readonly signal?: AbortSignal | undefined;
  /** Told while the lease waits, with its place in the queue. */
  readonly onWaiting?: ((waiting: Waiting) => void) | undefined;
  /** Told what goes wrong on the way. */
  readonly onNotice?: OnNotice | undefined;
};

/** A lease that is waited for. */
export type Waiting = {
  readonly lease: Lease;
  /** Since it was asked for, in milliseconds. */
  readonly waitedMs: number;
  /** What keeps us from knowing more; it is tried on. */
  readonly trouble: ApiError | NoAnswerError | undefined;
};

/**
 * Asks for a lease and waits until it is active. Whatever goes wrong on the way, the lease is given back.
 *
 * Errors: `ApiError` for a refusal, `LeaseNotGrantedError`, `NoAnswerError`, the reason of `signal`.
 */
export async function acquireLease(parts: LeaseParts, input: AcquireInput): Promise<Lease> {
  const waitMs = input.wait === undefined ? Infinity : durationMs(input.wait);
  const asked = await ask(parts, input);
  try {
    return await waitUntilActive(parts, asked, { ...input, waitMs });
  } catch (error) {
    await releaseQuietly(parts, asked, input.onNotice);
    throw error;
  }
}

/** An aborted call waits a little for the answer: it alone says which lease has to be given back. */
async function ask({ system, leases }: LeaseParts, input: AcquireInput): Promise<Lease> {
  const { signal } = input;
  signal?.throwIfAborted();
  const giveUp = new AbortController();
  const answered = new AbortController();
  const hurry = (): void => {
    const giveUpNow = (): void => giveUp.abort(signal?.reason);
    void system.sleep(ABORTED_MS_MAX, answered.signal).then(giveUpNow, () => {});
  };
  signal?.addEventListener('abort', hurry, { once: true });
  try {
    return await leases.request(toRequest(input), { signal: giveUp.signal });
  } finally {
    signal?.removeEventListener('abort', hurry);
    answered.abort();
  }
}

/** The request as the API has it. The wait is ours: it outlives a connection, and its answers tell the place in the queue. */
function toRequest(input: AcquireInput): LeaseRequest {
  const { wait: _wait, signal: _signal, onWaiting: _onWaiting, onNotice: _onNotice, ...wishes } = input;
  const { duration, heartbeat, ...rest } = wishes;
  return {
    ...(rest as LeaseRequest),
    ...(duration === undefined ? {} : { duration: durationText(duration) }),
    ...(heartbeat === undefined ? {} : { heartbeat: durationText(heartbeat) }),
  };
}

type WaitInput = Pick<AcquireInput, 'signal' | 'onWaiting'> & { readonly waitMs: number };

async function waitUntilActive(
  parts: LeaseParts,
  asked: Lease,
  { waitMs, signal, onWaiting }: WaitInput,
): Promise<Lease> {
  const { now, sleep } = parts.system;
  const startedAt = now();
  const leftMs = (): number => startedAt + waitMs - now();
  using late = startDeadline(parts.system, waitMs + LATE_MS_MAX, signal);
  let lease = asked;
  let heardAt = startedAt;
  let trouble: Waiting['trouble'];
  for (;;) {
    signal?.throwIfAborted();
    if (lease.status === 'active') return lease;
    if (lease.status === 'ending' || lease.status === 'ended')
      throw new LeaseNotGrantedError(lease, lease.endReason ?? 'cancelled');
    if (leftMs() <= 0) throw new LeaseNotGrantedError(lease, 'waited_too_long');
    onWaiting?.({ lease, waitedMs: now() - startedAt, trouble });
    try {
      lease = await look(parts, lease, { leftMs: leftMs(), signal: late.signal });
      heardAt = now();
      trouble = undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (late.isOver) throw new LeaseNotGrantedError(lease, 'waited_too_long');
      if (!isPassing(error) || now() - heardAt > SILENCE_MS_MAX) throw error;
      trouble = error;
      await sleep(Math.max(0, Math.min(SILENCE_POLL_MS, leftMs())), signal);
    }
  }
}

/** Looks at a lease as soon as there is something to see, but not longer than there is time. */
async function look(
  { system, leases }: LeaseParts,
  lease: Lease,
  { leftMs, signal }: { readonly leftMs: number; readonly signal: AbortSignal },
): Promise<Lease> {
  if (lease.status === 'preparing') {
    await system.sleep(Math.min(PREPARING_POLL_MS, leftMs), signal);
    return leases.heartbeat(lease.id, { signal });
  }
  return leases.get(lease.id, { wait: Math.max(1, Math.min(POLL_MS, leftMs)), signal });
}

const PASSING_STATUS_MIN = 502;

function isPassing(error: unknown): error is ApiError | NoAnswerError {
  return error instanceof NoAnswerError || (error instanceof ApiError && error.status >= PASSING_STATUS_MIN);
}
