import type { AdditionInput, MovedMembers, RemovalInput } from '@poolkeeper/client';
import type { Command } from 'commander';
import { durationText, pair, wholeNumber } from '../option-values.ts';
import type { Pairs } from '../option-values.ts';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';

/** Every id of a resource begins so. */
const ID_PREFIX = 'res_';

type MoveOptions = {
  readonly count?: number;
  readonly minimum?: number;
  readonly all?: true;
  readonly match?: Pairs;
  readonly filter?: string;
  readonly wait?: string;
};

const HELP = `
One resource, where nothing else is said. Only what is free and set aside for nobody moves, the longest free first; all that are
wanted or none, unless --minimum says that fewer will do.
  poolkeeper pool add-members lab --count 3 --minimum 1 --match arch=arm64
  poolkeeper pool remove-members lab b1 b2 --to store`;

/** `poolkeeper pool add-members | remove-members` */
export function addMemberMoves(pool: Command, runtime: Runtime): void {
  addChoice(pool.command('add-members').description('take resources from another pool into this one'))
    .option('--from <pool>', 'where they come from; its parent where nothing is said')
    .action(
      async (
        name: string,
        references: string[],
        { from, ...options }: MoveOptions & { from?: string },
        self: Command,
      ) => {
        const session = openSession(runtime, self);
        const input: AdditionInput = {
          ...choiceOf(references, options),
          ...(from === undefined ? {} : { from }),
        };
        printMoved(session, 'added', await session.client.pools.addMembers(name, input));
      },
    );
  addChoice(pool.command('remove-members').description('give resources of this pool to another one'))
    .option('--to <pool>', 'where they go; its parent where nothing is said')
    .action(
      async (
        name: string,
        references: string[],
        { to, ...options }: MoveOptions & { to?: string },
        self: Command,
      ) => {
        const session = openSession(runtime, self);
        const input: RemovalInput = { ...choiceOf(references, options), ...(to === undefined ? {} : { to }) };
        printMoved(session, 'moved', await session.client.pools.removeMembers(name, input));
      },
    );
}

function addChoice(command: Command): Command {
  return addConnectionOptions(command.argument('<pool>', 'its name'))
    .argument('[resource...]', 'those that are meant, by name or id')
    .option('--count <n>', 'how many', wholeNumber(1))
    .option('--minimum <n>', 'how many at least, else none', wholeNumber(0))
    .option('--all', 'every one that fits')
    .option('--match <label=value>', 'those with this label; may be repeated', pair)
    .option('--filter <expression>', 'those that this CEL expression accepts')
    .option('--wait <duration>', 'until they have arrived, but no longer than this', durationText)
    .addHelpText('after', HELP);
}

function choiceOf(
  references: readonly string[],
  { count, minimum, all, match, filter, wait }: MoveOptions,
): Omit<AdditionInput, 'from'> {
  const ids = references.filter((reference) => reference.startsWith(ID_PREFIX));
  const names = references.filter((reference) => !reference.startsWith(ID_PREFIX));
  return {
    ...(names.length === 0 ? {} : { names }),
    ...(ids.length === 0 ? {} : { ids }),
    ...(count === undefined ? {} : { count }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(all === undefined ? {} : { all }),
    ...(match === undefined ? {} : { match }),
    ...(filter === undefined ? {} : { filter }),
    ...(wait === undefined ? {} : { wait }),
  };
}

function printMoved({ context, isJson }: Session, done: string, moved: MovedMembers): void {
  if (isJson) return printJson(context.stdout, moved);
  for (const { name, id, pool, status } of moved.items) {
    printLine(context.stdout, `${done} ${name} (${id}): it is ${status} in ${pool}`);
  }
  if (moved.items.length === 0) printLine(context.stdout, 'No resource fits, so none was moved.');
  if (moved.left > 0)
    printLine(context.stdout, `${moved.left} more fit; the same command goes on with them.`);
}
