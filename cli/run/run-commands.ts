import type { Run } from '@poolkeeper/client';
import { RUN_STATUSES } from '@poolkeeper/core/words';
import { Option } from 'commander';
import type { Command } from 'commander';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { present } from '../watch.ts';
import { addRunDecisions } from './decide-run.ts';
import { addRunLogs } from './run-logs.ts';
import { printRun, printRuns } from './show-run.ts';

/** `poolkeeper run …` */
export function addRunCommands(program: Command, runtime: Runtime): void {
  const run = program
    .command('run')
    .description('see workflows on their way and those that are over, and answer what they ask');
  addListOptions(run.command('list').description('list runs: live ones first, then the last ended'))
    .option('--pool <pool>', 'of members of this pool')
    .option('--resource <resource>', 'of the resource with this id')
    .addOption(new Option('--status <status>', 'those that are in this status').choices(RUN_STATUSES))
    .option('--waiting', 'those that wait for a person to approve or deny')
    .action(async ({ pool, resource, status, waiting, ...options }: RunListOptions, self: Command) => {
      const session = openSession(runtime, self);
      const query = { pool, resource, status, waiting: waiting === true ? ('true' as const) : undefined };
      await presentList(
        session,
        { pageAt: (paging) => session.client.runs.page({ ...query, ...paging }), print: printRuns },
        options,
      );
    });
  addWatchOption(
    run
      .command('show')
      .alias('get')
      .description('show one run with its steps, live or over')
      .argument('<run>', 'its id'),
  ).action(async (id: string, { watch }: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    await present(session, { look: () => session.client.runs.get(id), print: printRun }, { watch });
  });
  addRunLogs(run, runtime);
  addRunDecisions(run, runtime);
}

type RunListOptions = ListOptions & {
  readonly pool?: string;
  readonly resource?: string;
  readonly status?: Run['status'];
  readonly waiting?: boolean;
};
