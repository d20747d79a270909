import type { Command } from 'commander';
import { addListOptions, presentList } from '../present-list.ts';
import type { ListOptions } from '../present-list.ts';
import { findResourceId, poolOfName } from '../resource/find-resource.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { exportTurnovers } from './export-turnovers.ts';
import type { ExportOptions } from './export-turnovers.ts';
import { printTurnovers } from './show-turnovers.ts';

const EXPORT_HELP = `
The file is verified anywhere, without a server: poolkeeper verify FILE --keys KEYS.json
A resource that is gone is named by its id.
  poolkeeper turnover export b1 --pool boards --output b1.json
  poolkeeper key list --json > keys.json`;

/** `poolkeeper turnover …` */
export function addTurnoverCommands(program: Command, runtime: Runtime): void {
  const turnover = program
    .command('turnover')
    .description('see and export what was proven between two holders of a resource');
  addListOptions(
    turnover
      .command('show')
      .description('show the records of a resource, the first one first')
      .argument('<resource>', 'its id, also of one that is gone, or its name beside --pool'),
  )
    .option(...poolOfName)
    .option('--steps', 'show the steps of each record too')
    .action(async (reference: string, { pool, steps, ...options }: ShowOptions, self: Command) => {
      const session = openSession(runtime, self);
      const id = await findResourceId(session.client, reference, pool);
      await presentList(
        session,
        {
          pageAt: (paging) => session.client.resources.turnoversPage(id, paging),
          print: (where, turnovers) => printTurnovers(where, turnovers, { hasSteps: steps === true }),
        },
        options,
      );
    });
  addConnectionOptions(
    turnover
      .command('export')
      .description('write the records of resources to a file that is verified anywhere')
      .argument('<resource...>', 'ids, or names beside --pool'),
  )
    .option(...poolOfName)
    .option(
      '--output <file>',
      'write to this file, in the place of one that is there; else to standard output',
    )
    .addHelpText('after', EXPORT_HELP)
    .action(async (references: string[], options: ExportOptions, self: Command) =>
      exportTurnovers(openSession(runtime, self), references, options),
    );
}

type ShowOptions = ListOptions & { readonly pool?: string; readonly steps?: boolean };
