import type { Lease } from '../api.gen.ts';
import { startDeadline } from '../deadline.ts';
import type { LeaseParts } from './lease-parts.ts';
import type { OnNotice } from './notice.ts';

/** How long giving back may take, retries included, in milliseconds: the work is over, and somebody waits for it. */
const RELEASE_MS_MAX = 20_000;

/**
 * Gives a lease back; one that has ended stays so. Never rejects: what went wrong is a notice, for how the work under the
 * lease ended counts for more.
 */
export async function releaseQuietly(
  { system, leases }: LeaseParts,
  lease: Lease,
  onNotice: OnNotice | undefined,
): Promise<void> {
  using deadline = startDeadline(system, RELEASE_MS_MAX);
  try {
    await leases.end(lease.id, { signal: deadline.signal });
  } catch (error) {
    tell(onNotice, { kind: 'release_failed', lease, error: error as Error });
  }
}

/** Tells a listener. One that throws ends no lease: its error goes where errors go that nobody catches. */
export function tell<T>(listener: ((news: T) => void) | undefined, news: T): void {
  try {
    listener?.(news);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
