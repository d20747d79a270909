import { ApiError } from '@poolkeeper/client';
import type { Pool, Poolkeeper } from '@poolkeeper/client';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { wholeNumber } from '../option-values.ts';
import { doEach } from '../outcomes.ts';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';
import { addPoolOptions, addUnlabelOption, changesOf } from './pool-settings.ts';
import type { PoolOptions } from './pool-settings.ts';
import { describeSize } from './show-pool.ts';

/** `poolkeeper pool create | set | remove` */
export function addPoolChanges(pool: Command, runtime: Runtime): void {
  addCreate(pool, runtime);
  addSet(pool, runtime);
  addRemove(pool, runtime);
}

const ifVersionOption = [
  '--if-version <n>',
  'only if nobody has changed it since: its version, as "show" has it',
  wholeNumber(0),
] as const;

function addCreate(pool: Command, runtime: Runtime): void {
  const create = pool
    .command('create')
    .description('make a pool')
    .argument('<name>', 'its name')
    .requiredOption('--provider <provider>', 'who makes its members');
  addConnectionOptions(addPoolOptions(create)).action(
    async (name: string, { provider, ...options }: PoolOptions & { provider: string }, self: Command) => {
      const session = openSession(runtime, self);
      await requireNone(session.client, name);
      const changes = await changesOf(options, { size: null, quota: {}, labels: {} });
      printChanged(session, 'created', await session.client.pools.put(name, { ...changes, provider }));
    },
  );
}

/** To put a pool that is there would replace it, which nobody means who says "create". */
async function requireNone(client: Poolkeeper, name: string): Promise<void> {
  try {
    await client.pools.get(name);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'pool_not_found') return;
    throw error;
  }
  throw new CliError(`There is a pool "${name}" already.`, {
    advice: `Change it with "poolkeeper pool set ${name}", or choose another name.`,
    exitCode: EXIT.conflict,
  });
}

const SET_HELP = `
What is not said stays as it is. A template is replaced as a whole; members that are made from then on are made from it.
  poolkeeper pool set web --max 20 --buffer 3
  poolkeeper pool set web --template @web.yaml --if-version 7`;

type SetOptions = PoolOptions & { readonly provider?: string; readonly ifVersion?: number };

function addSet(pool: Command, runtime: Runtime): void {
  const set = pool.command('set').description('change what is said of a pool').argument('<pool>', 'its name');
  addConnectionOptions(addUnlabelOption(addPoolOptions(set)))
    .option('--provider <provider>', 'who makes its members; only of a pool without any')
    .option(...ifVersionOption)
    .addHelpText('after', SET_HELP)
    .action(async (name: string, { provider, ifVersion, ...options }: SetOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { client } = session;
      const before = await client.pools.get(name);
      const changes = {
        ...(await changesOf(options, before)),
        ...(provider === undefined ? {} : { provider }),
      };
      if (Object.keys(changes).length === 0) throw nothingSaid(name);
      // What was merged here was merged with this version.
      const version = ifVersion ?? before.version;
      printChanged(session, 'changed', await client.pools.patch(name, changes, { ifVersion: version }));
    });
}

function nothingSaid(name: string): CliError {
  return new CliError('Nothing was said that should change.', {
    advice: `Say what, such as "poolkeeper pool set ${name} --size 5"; --help shows what there is.`,
    exitCode: EXIT.usage,
  });
}

function addRemove(pool: Command, runtime: Runtime): void {
  addConnectionOptions(
    pool
      .command('remove')
      .description('take no more requests, and go with the last member')
      .argument('<pool...>', 'their names'),
  )
    .option(...ifVersionOption)
    .action(async (names: string[], { ifVersion }: { ifVersion?: number }, self: Command) => {
      const session = openSession(runtime, self);
      await doEach({ runtime, session }, names, {
        act: (name) => session.client.pools.remove(name, { ifVersion }),
        describe: (removed, name) =>
          removed === null
            ? `removed ${name}`
            : `removing ${name}: it goes with its last member; see "poolkeeper pool show ${name}"`,
      });
    });
}

function printChanged({ context, isJson }: Session, what: string, pool: Pool): void {
  if (isJson) return printJson(context.stdout, pool);
  printLine(context.stdout, `${what} ${pool.name} (version ${pool.version}): ${describeSize(pool)}`);
}
