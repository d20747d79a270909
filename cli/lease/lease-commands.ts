import type { LeasesQuery } from '@poolkeeper/client';
import { parseDuration } from '@poolkeeper/core';
import type { Command } from 'commander';
import { LIST_LIMIT_DEFAULT, listPages, moreLine } from '../list-pages.ts';
import { durationText, wholeNumber } from '../option-values.ts';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { addRequestOptions, durationOption, toRequest } from './lease-request.ts';
import type { RequestOptions } from './lease-request.ts';
import { exitCodeOf } from './leased-command.ts';
import { QueueDisplay } from './queue-display.ts';
import { runUnderLease } from './run-lease.ts';
import { printLease, printLeaseExplanation, printLeases } from './show-lease.ts';
import { Interrupted, SignalWatch } from './signal-watch.ts';
import { waitForLease } from './wait-for-lease.ts';

const HEARTBEAT_DEFAULT = '1m';
const KILL_AFTER_DEFAULT = '10s';

const RUN_HELP = `
The command finds what it leased in its environment: POOLKEEPER_LEASE_ID, POOLKEEPER_RESOURCE_NAME,
POOLKEEPER_ENDPOINT_HTTP for an endpoint "http", POOLKEEPER_ADDRESS, POOLKEEPER_LABEL_ARCH and so on; of several
resources also POOLKEEPER_1_…, POOLKEEPER_2_…, and all of them as JSON in POOLKEEPER_RESOURCES. No shell is between:
  poolkeeper lease run --pool web -- sh -c 'curl "$POOLKEEPER_ENDPOINT_HTTP"'
Without --duration the lease is renewed while the command runs. The exit code is the command's own.`;

/** `poolkeeper lease …` */
export function addLeaseCommands(program: Command, runtime: Runtime): void {
  const lease = program.command('lease').description('ask for resources, and give them back');
  addRun(lease, runtime);
  addAcquire(lease, runtime);
  addList(lease, runtime);
  addShow(lease, runtime);
  addExplain(lease, runtime);
  addRenew(lease, runtime);
  addRelease(lease, runtime);
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
          request: toRequest(options),
          waitMs: options.wait ?? null,
          killAfterMs: parseDuration(options.killAfter) ?? 0,
          command,
        },
      );
    });
}

function addAcquire(lease: Command, runtime: Runtime): void {
  const acquire = lease
    .command('acquire')
    .description('ask for a lease and wait until it is granted; it stays when this ends');
  addConnectionOptions(addRequestOptions(acquire).option(...durationOption))
    .option('--heartbeat <duration>', 'end the lease when nobody sends a heartbeat for so long', durationText)
    .action(async (options: RequestOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { context, client } = session;
      using watch = new SignalWatch(context);
      try {
        const granted = await waitForLease(
          { context, display: new QueueDisplay(context.stderr) },
          { waitMs: options.wait ?? null, interruption: watch.interruption },
          (hooks) => client.leases.acquire({ ...toRequest(options), ...hooks }),
        );
        if (session.isJson) printJson(context.stdout, granted);
        else printLease(session, granted);
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        runtime.exitCode = exitCodeOf(error.signal);
      }
    });
}

type ListOptions = {
  readonly status?: NonNullable<LeasesQuery['status']>;
  readonly pool?: string;
  readonly holder?: string;
  readonly limit: number;
};

function addList(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease.command('list').description('list leases; those that live, where no status is given'),
  )
    .option('--status <status>', 'queued, preparing, active, ending or ended')
    .option('--pool <pool>', 'leases on this pool')
    .option('--holder <name>', 'leases of this holder')
    .option('--limit <n>', 'at most so many', wholeNumber(1), LIST_LIMIT_DEFAULT)
    .action(async ({ status, pool, holder, limit }: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      const page = await listPages(limit, (paging) =>
        session.client.leases.page({ status, pool, holder, ...paging }),
      );
      if (session.isJson) return printJson(session.context.stdout, page);
      printLeases(session, page.items);
      const more = moreLine(page);
      if (more !== undefined) printLine(session.context.stderr, more);
    });
}

function addShow(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease.command('show').description('show one lease').argument('<lease>', 'its id'),
  ).action(async (id: string, _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    const found = await session.client.leases.get(id);
    if (session.isJson) printJson(session.context.stdout, found);
    else printLease(session, found);
  });
}

function addExplain(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease
      .command('explain')
      .description('say why a lease is where it is, and when it may be granted')
      .argument('<lease>', 'its id'),
  ).action(async (id: string, _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    const explanation = await session.client.leases.explain(id);
    if (session.isJson) printJson(session.context.stdout, explanation);
    else printLeaseExplanation(session, explanation);
  });
}

function addRenew(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease.command('renew').description('make a lease last longer, from now').argument('<lease>', 'its id'),
  )
    .option(...durationOption)
    .action(async (id: string, { duration }: { duration?: string }, self: Command) => {
      const session = openSession(runtime, self);
      const renewed = await session.client.leases.renew(id, { duration });
      if (session.isJson) printJson(session.context.stdout, renewed);
      else printLease(session, renewed);
    });
}

function addRelease(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease.command('release').description('give leases back').argument('<lease...>', 'their ids'),
  ).action(async (ids: string[], _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    for (const id of ids) {
      const ended = await session.client.leases.end(id);
      if (session.isJson) printJson(session.context.stdout, ended);
      else printLine(session.context.stdout, `released ${ended.id}`);
    }
  });
}
