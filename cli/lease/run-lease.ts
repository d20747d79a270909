import type { HeldLease, LeaseInput, LeaseLostError, Poolkeeper } from '@poolkeeper/client';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatInstant } from '../format-time.ts';
import { printLine } from '../output.ts';
import { leaseEnvironment } from './lease-environment.ts';
import { exitCodeOf, startCommand } from './leased-command.ts';
import type { LeasedCommand } from './leased-command.ts';
import { QueueDisplay } from './queue-display.ts';
import { credentialsOf } from './show-credentials.ts';
import type { ResourceCredentials } from './show-credentials.ts';
import { Interrupted, SignalWatch } from './signal-watch.ts';
import { waitForLease } from './wait-for-lease.ts';

export type RunInput = {
  readonly request: LeaseInput;
  readonly waitMs: number | null;
  /** How long a command may take to end after its lease was lost, in milliseconds. */
  readonly killAfterMs: number;
  readonly command: readonly string[];
};

type Parts = { readonly context: CliContext; readonly client: Poolkeeper };

/**
 * Runs a command under a lease: acquires, starts it, keeps the lease while it runs, and gives back whatever happens.
 *
 * Shape: resolves to the exit code: the command's own, 128 and the signal's number when a signal ended it or the wait for it,
 * or one of `EXIT`. Errors: those of `waitForLease`; nothing is held then.
 */
export async function runUnderLease(parts: Parts, input: RunInput): Promise<number> {
  const { context } = parts;
  using watch = new SignalWatch(context);
  const display = new QueueDisplay(context.stderr, context.now);
  try {
    await using lease = await acquire(parts, { ...input, watch, display });
    if (display.hasShown || context.stderr.isTerminal)
      printLine(context.stderr, describeGrant(lease, context.now()));
    const credentials = await credentialsOf(parts.client, lease.id);
    return await runCommand(context, { ...input, lease, credentials, watch });
  } catch (error) {
    if (error instanceof Interrupted) return exitCodeOf(error.signal);
    throw error;
  }
}

function acquire(
  { context, client }: Parts,
  input: RunInput & { readonly watch: SignalWatch; readonly display: QueueDisplay },
): Promise<HeldLease> {
  const { request, waitMs, watch, display } = input;
  return waitForLease({ context, client, display }, { waitMs, interruption: watch.interruption }, (hooks) =>
    client.lease({ ...request, ...hooks }),
  );
}

async function runCommand(
  context: CliContext,
  input: RunInput & {
    readonly lease: HeldLease;
    readonly credentials: ResourceCredentials;
    readonly watch: SignalWatch;
  },
): Promise<number> {
  const { lease, credentials, watch, killAfterMs } = input;
  watch.interruption.throwIfAborted();
  const command = startCommand(input.command, leaseEnvironment(context.environment, lease, credentials));
  watch.forwardTo((signal) => {
    // The terminal sends Ctrl-C to the command as well; twice would mean "at once" to many.
    if (signal !== 'SIGINT' || !context.isInteractive) command.signal(signal);
  });
  try {
    const lost = await Promise.race([command.ended.then(() => null), whenLost(lease)]);
    if (lost !== null) {
      printLine(
        context.stderr,
        `poolkeeper: ${lost.message} Its resources may be somebody else's now, so the command is ended.`,
      );
      await endCommand(context, command, killAfterMs);
      return EXIT.leaseLost;
    }
    const { exitCode, problem } = await command.ended;
    if (problem !== undefined) printLine(context.stderr, `poolkeeper: ${problem}`);
    return exitCode;
  } finally {
    watch.forwardTo(undefined);
  }
}

function whenLost({ signal }: HeldLease): Promise<LeaseLostError> {
  return new Promise((resolve) => {
    const onLost = (): void => resolve(signal.reason as LeaseLostError);
    if (signal.aborted) onLost();
    else signal.addEventListener('abort', onLost, { once: true });
  });
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

function describeGrant({ id, resources, document }: HeldLease, now: number): string {
  const names = resources.map(({ name }) => name).join(', ');
  return `leased ${names} (lease ${id}) until ${formatInstant(document.expiresAt, now)}`;
}
