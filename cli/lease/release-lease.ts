import type { ApiClient } from '../api-client.ts';
import type { Lease } from '../api-types.ts';
import type { CliContext } from '../context.ts';
import { explainError } from '../explain-error.ts';
import { printLine } from '../output.ts';

/** How long giving back may take, retries included, in milliseconds: the command is over, and somebody waits for it. */
const RELEASE_MS_MAX = 20_000;

/**
 * Gives a lease back; one that has ended stays so. Never rejects: what went wrong is said, for the command that ran under
 * the lease decides how this one ends.
 */
export async function releaseQuietly(
  parts: { readonly context: Pick<CliContext, 'stderr'>; readonly client: ApiClient },
  lease: Pick<Lease, 'id' | 'heartbeat'>,
): Promise<boolean> {
  try {
    await parts.client.delete(`/v1/leases/${encodeURIComponent(lease.id)}`, {
      signal: AbortSignal.timeout(RELEASE_MS_MAX),
    });
    return true;
  } catch (error) {
    const { lines } = explainError(error);
    const ending =
      lease.heartbeat === null ? 'at its time' : `when its heartbeat has been missing for ${lease.heartbeat}`;
    printLine(
      parts.context.stderr,
      `poolkeeper: lease ${lease.id} could not be given back: ${lines[0] ?? ''}`,
    );
    printLine(
      parts.context.stderr,
      `It ends by itself ${ending}; "poolkeeper lease release ${lease.id}" ends it now.`,
    );
    return false;
  }
}
