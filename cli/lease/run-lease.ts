import type { ApiClient } from '../api-client.ts';
import type { Lease } from '../api-types.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatInstant } from '../format-time.ts';
import { printLine } from '../output.ts';
import { acquireLease } from './acquire-lease.ts';
import type { LeaseRequest } from './acquire-lease.ts';
import { keepLease } from './keep-lease.ts';
import { leaseEnvironment } from './lease-environment.ts';
import { exitCodeOf, startCommand } from './leased-command.ts';
import type { LeasedCommand } from './leased-command.ts';
import { QueueDisplay } from './queue-display.ts';
import { releaseQuietly } from './release-lease.ts';
import { Interrupted, SignalWatch } from './signal-watch.ts';

export type RunInput = {
  readonly request: LeaseRequest;
  readonly waitMs: number | null;
  readonly heartbeatMs: number;
  /** How long a command may take to end after its lease was lost, in milliseconds. */
  readonly killAfterMs: number;
  readonly command: readonly string[];
};

type Parts = { readonly context: CliContext; readonly client: ApiClient };

/**
 * Runs a command under a lease: acquires, starts it, keeps the lease while it runs, and gives back whatever happens.
 *
 * Shape: resolves to the exit code: the command's own, 128 and the signal's number when a signal ended it or the wait for it,
 * or one of `EXIT`. Errors: those of `acquireLease`; nothing is held then.
 */
export async function runUnderLease(parts: Parts, input: RunInput): Promise<number> {
  const { context } = parts;
  using watch = new SignalWatch(context);
  const display = new QueueDisplay(context.stderr);
  const { request, waitMs } = input;
  let lease: Lease;
  try {
    lease = await acquireLease({ ...parts, display }, { request, waitMs, interruption: watch.interruption });
  } catch (error) {
    if (error instanceof Interrupted) return exitCodeOf(error.signal);
    throw error;
  }
  try {
    if (display.hasShown || context.stderr.isTerminal)
      printLine(context.stderr, describeGrant(lease, context.now()));
    return await runCommand(parts, { ...input, lease, watch });
  } finally {
    await releaseQuietly(parts, lease);
  }
}

async function runCommand(
  parts: Parts,
  input: RunInput & { lease: Lease; watch: SignalWatch },
): Promise<number> {
  const { context } = parts;
  const { lease, watch, heartbeatMs, killAfterMs } = input;
  const report = (text: string): void => printLine(context.stderr, `poolkeeper: ${text}`);
  if (watch.interruption.aborted) return exitCodeOf((watch.interruption.reason as Interrupted).signal);
  const command = startCommand(input.command, leaseEnvironment(context.environment, lease));
  watch.forwardTo((signal) => {
    // The terminal sends Ctrl-C to the command as well; twice would mean "at once" to many.
    if (signal !== 'SIGINT' || !context.isInteractive) command.signal(signal);
  });
  const stopKeeping = new AbortController();
  const isRenewed = input.request.duration === undefined;
  const kept = keepLease(parts, { lease, heartbeatMs, isRenewed, report, signal: stopKeeping.signal });
  try {
    const first = await Promise.race([command.ended, kept]);
    if (first !== null && 'reason' in first) {
      report(
        `lease ${lease.id} is lost: ${first.reason}. Its resources may be somebody else's now, so the command is ended.`,
      );
      await endCommand(context, command, killAfterMs);
      return EXIT.leaseLost;
    }
    const { exitCode, problem } = await command.ended;
    if (problem !== undefined) report(problem);
    return exitCode;
  } finally {
    watch.forwardTo(undefined);
    stopKeeping.abort();
    await kept;
  }
}

/** Asks the command to end, and makes it after a while. */
async function endCommand(context: CliContext, command: LeasedCommand, killAfterMs: number): Promise<void> {
  const isOver = new AbortController();
  command.signal('SIGTERM');
  const kill = context.sleep(killAfterMs, isOver.signal).then(
    () => command.signal('SIGKILL'),
    () => {},
  );
  await command.ended;
  isOver.abort();
  await kill;
}

function describeGrant(lease: Lease, now: number): string {
  const names = lease.resources.map(({ name }) => name).join(', ');
  return `leased ${names} (lease ${lease.id}) until ${formatInstant(lease.expiresAt, now)}`;
}
