import { LeaseNotGrantedError } from '@poolkeeper/client';
import type { AcquireInput, Lease, Poolkeeper } from '@poolkeeper/client';
import { formatDuration } from '@poolkeeper/core/words';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { reportNotice } from './lease-notices.ts';
import type { QueueDisplay } from './queue-display.ts';
import { QueueWatch } from './queue-watch.ts';

type Parts = {
  readonly context: Pick<CliContext, 'stderr' | 'now' | 'sleep'>;
  readonly client: Poolkeeper;
  readonly display: QueueDisplay;
};

/** How the SDK is told to wait: what a person sees meanwhile, and what ends it. */
export type WaitHooks = Pick<AcquireInput, 'wait' | 'signal' | 'onWaiting' | 'onNotice'>;

/**
 * Waits for a lease, showing its place. `acquire` asks for it with the hooks; when it fails nothing is held.
 *
 * `waitMs`: how long to wait in the queue; null is as long as it takes.
 * Errors: those of `acquire`; `CliError` when the wait is over or the lease ended in the queue.
 */
export async function waitForLease<T>(
  parts: Parts,
  { waitMs, interruption }: { readonly waitMs: number | null; readonly interruption: AbortSignal },
  acquire: (hooks: WaitHooks) => Promise<T>,
): Promise<T> {
  const { context, display } = parts;
  try {
    await using queue = new QueueWatch(parts);
    return await acquire({
      wait: waitMs ?? undefined,
      signal: interruption,
      onWaiting: (waiting) => queue.saw(waiting),
      onNotice: (notice) => {
        display.clear();
        reportNotice(context, notice);
      },
    });
  } catch (error) {
    if (!(error instanceof LeaseNotGrantedError)) throw error;
    throw error.reason === 'waited_too_long'
      ? waitedTooLong(error.lease, waitMs ?? 0)
      : new CliError(error.message, {
          advice: 'Ask again, or see the pools that there are with "poolkeeper pool list".',
          exitCode: EXIT.conflict,
        });
  } finally {
    display.clear();
  }
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
