import { ApiError } from '@poolkeeper/client';
import type { Lease } from '@poolkeeper/client';
import { LEASE_STATUSES } from '@poolkeeper/core/words';
import { Option } from 'commander';
import type { Command } from 'commander';
import { doEach } from '../outcomes.ts';
import { printJson, printLine } from '../output.ts';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';
import { formatInstant } from '../format-time.ts';
import { present } from '../watch.ts';
import { printLeaseExplanation } from './explain-lease.ts';
import type { ExplainedLease } from './explain-lease.ts';
import { durationOption } from './lease-request.ts';
import { addCredentials } from './show-credentials.ts';
import { printLease, printLeases } from './show-lease.ts';

/** `poolkeeper lease list | show | explain | credentials | renew | heartbeat | release` */
export function addLeaseVerbs(lease: Command, runtime: Runtime): void {
  addList(lease, runtime);
  addShow(lease, runtime);
  addExplain(lease, runtime);
  addCredentials(lease, runtime);
  addRenew(lease, runtime);
  addHeartbeat(lease, runtime);
  addRelease(lease, runtime);
}

type LeaseListOptions = ListOptions & {
  readonly status?: (typeof LEASE_STATUSES)[number];
  readonly pool?: string;
  readonly holder?: string;
};

function addList(lease: Command, runtime: Runtime): void {
  addListOptions(lease.command('list').description('list leases; those that live, where no status is given'))
    .addOption(new Option('--status <status>', 'those that are in this status').choices(LEASE_STATUSES))
    .option('--pool <pool>', 'leases on this pool')
    .option('--holder <name>', 'leases of this holder')
    .action(async ({ status, pool, holder, ...options }: LeaseListOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { leases } = session.client;
      const query = { status, pool, holder };
      await presentList(
        session,
        { pageAt: (paging) => leases.page({ ...query, ...paging }), print: printLeases },
        options,
      );
    });
}

function addShow(lease: Command, runtime: Runtime): void {
  addWatchOption(lease.command('show').description('show one lease').argument('<lease>', 'its id')).action(
    async (id: string, options: WatchOptions, self: Command) => {
      const session = openSession(runtime, self);
      await present(session, { look: () => session.client.leases.get(id), print: printLease }, options);
    },
  );
}

function addExplain(lease: Command, runtime: Runtime): void {
  addWatchOption(
    lease
      .command('explain')
      .description('say why a lease is where it is, when it may be granted, and what to do')
      .argument('<lease>', 'its id'),
  ).action(async (id: string, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    const json = ({ lease: found, explanation }: ExplainedLease): object => explanation ?? found;
    await present(session, { look: () => explain(session, id), print: printLeaseExplanation, json }, options);
  });
}

/** A lease that is over has nothing to explain but how it ended. */
async function explain({ client }: Session, id: string): Promise<ExplainedLease> {
  const lease = await client.leases.get(id);
  if (lease.status === 'ended') return { lease, explanation: null };
  try {
    return { lease, explanation: await client.leases.explain(id) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'lease_not_found') throw error;
    return { lease: await client.leases.get(id), explanation: null };
  }
}

function addRenew(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease
      .command('renew')
      .description('make leases last longer, from now')
      .argument('<lease...>', 'their ids'),
  )
    .option(...durationOption)
    .action(async (id: string, { duration }: { duration?: string }, self: Command) => {
      const session = openSession(runtime, self);
      printEnd(session, 'renewed', await session.client.leases.renew(id, { duration }));
    });
}

function addHeartbeat(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease
      .command('heartbeat')
      .description('say that the holder of a lease lives')
      .argument('<lease>', 'its id'),
  ).action(async (id: string, _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    printEnd(session, 'heard of', await session.client.leases.heartbeat(id));
  });
}

function addRelease(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease.command('release').description('give leases back').argument('<lease...>', 'their ids'),
  ).action(async (ids: string[], _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    await doEach({ runtime, session }, ids, {
      act: (id) => session.client.leases.end(id),
      describe: (ended) => `released ${ended.id}`,
    });
  });
}

function printEnd({ context, isJson }: Session, done: string, lease: Lease): void {
  if (isJson) return printJson(context.stdout, lease);
  const { id, status, expiresAt, heartbeatBy } = lease;
  const now = context.now();
  const end = expiresAt === null ? `it is ${status}` : `it ends ${formatInstant(expiresAt, now)}`;
  const next = heartbeatBy === null ? '' : `, the next heartbeat is due ${formatInstant(heartbeatBy, now)}`;
  printLine(context.stdout, `${done} ${id}: ${end}${next}`);
}
