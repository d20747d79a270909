import { parseDuration } from '@poolkeeper/core/words';
import type { Command } from 'commander';
import { durationText } from '../option-values.ts';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { addRequestOptions, durationOption, toRequest } from './lease-request.ts';
import type { RequestOptions } from './lease-request.ts';
import { addLeaseVerbs } from './lease-verbs.ts';
import { exitCodeOf } from './leased-command.ts';
import { QueueDisplay } from './queue-display.ts';
import { runUnderLease } from './run-lease.ts';
import { printLease } from './show-lease.ts';
import { Interrupted, SignalWatch } from './signal-watch.ts';
import { waitForLease } from './wait-for-lease.ts';

const HEARTBEAT_DEFAULT = '1m';
const KILL_AFTER_DEFAULT = '10s';

const RUN_HELP = `
The command finds what it leased in its environment: POOLKEEPER_LEASE_ID, POOLKEEPER_RESOURCE_NAME,
POOLKEEPER_ENDPOINT_HTTP for an endpoint "http", POOLKEEPER_ADDRESS, POOLKEEPER_LABEL_ARCH, POOLKEEPER_CREDENTIAL_PASSWORD
for a credential with a "password", and so on; of several resources also POOLKEEPER_1_…, POOLKEEPER_2_…, and all of them as JSON in POOLKEEPER_RESOURCES. No shell is between:
  poolkeeper lease run --pool web -- sh -c 'curl "$POOLKEEPER_ENDPOINT_HTTP"'
Without --duration the lease is renewed while the command runs. The exit code is the command's own.`;

/** `poolkeeper lease …` */
export function addLeaseCommands(program: Command, runtime: Runtime): void {
  const lease = program.command('lease').description('ask for resources, and give them back');
  addRun(lease, runtime);
  addAcquire(lease, runtime);
  addLeaseVerbs(lease, runtime);
}

type RunOptions = RequestOptions & { readonly heartbeat: string; readonly killAfter: string };

function addRun(lease: Command, runtime: Runtime): void {
  const run = lease
    .command('run')
    .description('run a command while holding a lease')
    .argument('<command...>', 'the command and its arguments, after --');
  addConnectionOptions(addRequestOptions(run).option(...durationOption))
    .option(
      '--heartbeat <duration>',
      'the lease ends when this process is silent for so long',
      durationText,
      HEARTBEAT_DEFAULT,
    )
    .option(
      '--kill-after <duration>',
      'how long the command may take to end when the lease is lost',
      durationText,
      KILL_AFTER_DEFAULT,
    )
    .passThroughOptions()
    .addHelpText('after', RUN_HELP)
    .action(async (command: string[], options: RunOptions, self: Command) => {
      const { context, client } = openSession(runtime, self);
      runtime.exitCode = await runUnderLease(
        { context, client },
        {
          request: await toRequest(options),
          waitMs: options.wait ?? null,
          killAfterMs: parseDuration(options.killAfter) ?? 0,
          command,
        },
      );
    });
}

type AcquireOptions = RequestOptions & { readonly idOnly?: boolean };

const ACQUIRE_HELP = `
For a script, the id alone:
  lease=$(poolkeeper lease acquire --pool web --id-only) && … ; poolkeeper lease release "$lease"`;

function addAcquire(lease: Command, runtime: Runtime): void {
  const acquire = lease
    .command('acquire')
    .description('ask for a lease and wait until it is granted; it stays when this ends');
  addConnectionOptions(addRequestOptions(acquire).option(...durationOption))
    .option('--heartbeat <duration>', 'end the lease when nobody sends a heartbeat for so long', durationText)
    .option('--id-only', 'print the id of the lease and nothing else')
    .addHelpText('after', ACQUIRE_HELP)
    .action(async (options: AcquireOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { context, client } = session;
      using watch = new SignalWatch(context);
      const request = await toRequest(options);
      try {
        const granted = await waitForLease(
          { context, client, display: new QueueDisplay(context.stderr, context.now) },
          { waitMs: options.wait ?? null, interruption: watch.interruption },
          (hooks) => client.leases.acquire({ ...request, ...hooks }),
        );
        if (options.idOnly === true) printLine(context.stdout, granted.id);
        else if (session.isJson) printJson(context.stdout, granted);
        else printLease(session, granted);
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        runtime.exitCode = exitCodeOf(error.signal);
      }
    });
}
