import type { Command } from 'commander';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';
import { present } from '../watch.ts';
import { addMemberMoves } from './move-members.ts';
import { printPoolTree } from './pool-tree.ts';
import { addPoolChanges } from './change-pool.ts';
import { printPool, printPoolExplanation, printPools } from './show-pool.ts';
import type { ShownPool } from './show-pool.ts';

/** `poolkeeper pool …` */
export function addPoolCommands(program: Command, runtime: Runtime): void {
  const pool = program.command('pool').description('see what there is to lend, and change it');
  addListOptions(pool.command('list').description('list pools')).action(
    async (options: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      await presentList(
        session,
        { pageAt: (paging) => session.client.pools.page(paging), print: printPools },
        options,
      );
    },
  );
  addWatchOption(
    pool
      .command('show')
      .description('show one pool, and what keeps it from its size')
      .argument('<pool>', 'its name'),
  ).action(async (name: string, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    const json = ({ pool: shown }: ShownPool): object => shown;
    await present(session, { look: () => lookAt(session, name), print: printPool, json }, options);
  });
  addWatchOption(
    pool
      .command('explain')
      .description('say how a pool stands, and what to do about it')
      .argument('<pool>', 'its name'),
  ).action(async (name: string, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    const json = ({ explanation }: ShownPool): object => explanation;
    await present(session, { look: () => lookAt(session, name), print: printPoolExplanation, json }, options);
  });
  addTree(pool, runtime);
  addPoolChanges(pool, runtime);
  addMemberMoves(pool, runtime);
}

function addTree(pool: Command, runtime: Runtime): void {
  addListOptions(pool.command('tree').description('draw which pools hang under which')).action(
    async (options: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      await presentList(
        session,
        { pageAt: (paging) => session.client.pools.page(paging), print: printPoolTree },
        options,
      );
    },
  );
}

async function lookAt({ client }: Session, name: string): Promise<ShownPool> {
  const [pool, explanation] = await Promise.all([client.pools.get(name), client.pools.explain(name)]);
  return { pool, explanation };
}
