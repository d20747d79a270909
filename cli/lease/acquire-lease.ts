import { formatDuration } from '@poolkeeper/core';
import type { ApiClient } from '../api-client.ts';
import { ApiProblem, ServerUnreachable } from '../api-error.ts';
import type { Lease } from '../api-types.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { QueueDisplay } from './queue-display.ts';
import { releaseQuietly } from './release-lease.ts';

/** How long one look at the queue waits for the grant, in milliseconds; so old the displayed place may be. */
const POLL_MS = 5_000;
/** The same of a lease that is being prepared, for which the server does not hold its answer. */
const PREPARING_POLL_MS = 500;
/** A server that is away for longer than this has taken the place in its queue along. Milliseconds. */
const SILENCE_MS_MAX = 60_000;
const SILENCE_POLL_MS = 1_000;
/** How long an interrupted command waits for the answer to its request, in milliseconds. */
const INTERRUPTED_MS_MAX = 3_000;

/** What is asked for, as the API has it. */
export type LeaseRequest = {
  readonly pool: string;
  readonly count?: number;
  readonly match?: Readonly<Record<string, string>>;
  readonly filter?: string;
  readonly duration?: string;
  readonly heartbeat?: string;
  readonly priority?: number;
  readonly note?: string;
};

type Parts = {
  readonly context: Pick<CliContext, 'now' | 'sleep' | 'newKey' | 'stderr'>;
  readonly client: ApiClient;
  readonly display: QueueDisplay;
};

/**
 * Asks for a lease and waits until it is active, showing its place. Whatever goes wrong on the way, the lease is given back.
 *
 * `waitMs`: how long to wait in the queue; null is as long as it takes.
 * Errors: refusals; `CliError` when the wait is over or the lease ended in the queue; the reason of `interruption`.
 */
export async function acquireLease(
  parts: Parts,
  input: { request: LeaseRequest; waitMs: number | null; interruption: AbortSignal },
): Promise<Lease> {
  const { display } = parts;
  const lease = await ask(parts, input);
  try {
    return await waitUntilActive(parts, lease, input);
  } catch (error) {
    display.clear();
    await releaseQuietly(parts, lease);
    throw error;
  } finally {
    display.clear();
  }
}

/** An interruption waits a little for the answer: it alone says which lease has to be given back. */
async function ask(
  { context, client }: Parts,
  { request, interruption }: { request: LeaseRequest; interruption: AbortSignal },
): Promise<Lease> {
  const giveUp = new AbortController();
  const done = new AbortController();
  const hurry = (): void => {
    const giveUpNow = (): void => giveUp.abort(interruption.reason);
    void context.sleep(INTERRUPTED_MS_MAX, done.signal).then(giveUpNow, () => {});
  };
  interruption.addEventListener('abort', hurry, { once: true });
  const options = { idempotencyKey: context.newKey(), signal: giveUp.signal };
  try {
    return await client.create<Lease>('/v1/leases', request, options);
  } finally {
    interruption.removeEventListener('abort', hurry);
    done.abort();
  }
}

async function waitUntilActive(
  { context, client, display }: Parts,
  asked: Lease,
  { waitMs, interruption }: { waitMs: number | null; interruption: AbortSignal },
): Promise<Lease> {
  const startedAt = context.now();
  const leftMs = (): number => (waitMs === null ? Infinity : startedAt + waitMs - context.now());
  let lease = asked;
  let heardAt = startedAt;
  let trouble: string | undefined;
  for (;;) {
    interruption.throwIfAborted();
    if (lease.status === 'active') return lease;
    if (lease.status === 'ending' || lease.status === 'ended') throw endedInQueue(lease);
    if (leftMs() <= 0) throw waitedTooLong(lease, waitMs ?? 0);
    display.show(lease, context.now() - startedAt, trouble);
    try {
      lease = await look({ context, client }, lease, { leftMs: leftMs(), interruption });
      heardAt = context.now();
      trouble = undefined;
    } catch (error) {
      interruption.throwIfAborted();
      if (!isPassing(error) || context.now() - heardAt > SILENCE_MS_MAX) throw error;
      trouble = 'the server does not answer';
      await context.sleep(SILENCE_POLL_MS, interruption);
    }
  }
}

async function look(
  { context, client }: Pick<Parts, 'client'> & { context: Pick<CliContext, 'sleep'> },
  lease: Lease,
  { leftMs, interruption: signal }: { leftMs: number; interruption: AbortSignal },
): Promise<Lease> {
  const path = `/v1/leases/${encodeURIComponent(lease.id)}`;
  if (lease.status === 'preparing') {
    await context.sleep(Math.min(PREPARING_POLL_MS, leftMs), signal);
    return client.act<Lease>(`${path}/heartbeat`, undefined, { signal });
  }
  const waitMs = Math.max(1, Math.ceil(Math.min(POLL_MS, leftMs)));
  return client.get<Lease>(path, { wait: `${waitMs}ms` }, { waitMs, signal });
}

function isPassing(error: unknown): boolean {
  return error instanceof ServerUnreachable || (error instanceof ApiProblem && error.kind === 'unavailable');
}

function endedInQueue(lease: Lease): CliError {
  return new CliError(`Lease ${lease.id} ended before it was granted: ${lease.endReason ?? lease.status}.`, {
    advice: 'Ask again, or see the pools that there are with "poolkeeper pool list".',
    exitCode: EXIT.conflict,
  });
}

function waitedTooLong(lease: Lease, waitMs: number): CliError {
  const place = lease.position === null ? '' : `, as number ${lease.position} in line`;
  return new CliError(
    `Nothing was granted within ${formatDuration(waitMs)}${place}; the request is withdrawn.`,
    {
      advice: 'Wait longer with --wait, ask for less, or see who has what with "poolkeeper lease list".',
      exitCode: EXIT.waitedTooLong,
    },
  );
}
