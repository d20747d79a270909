import type { Command } from 'commander';
import type { Runtime } from '../runtime.ts';
import type { BackupOptions, RestoreOptions } from './backup-run.ts';

const BACKUP_HELP = `
Works while a server runs on the folder; what it takes on meanwhile is not in the backup. The backup is opened as a store
and read to its end before it is called done. Before that, FILE does not exist under its name.
  poolkeeper backup "/backups/poolkeeper-$(date +%F).db" --data /var/lib/poolkeeper`;

const RESTORE_HELP = `
The server has to be stopped. A store that is in the folder is left alone, unless --keep-old moves it aside.
  poolkeeper restore /backups/poolkeeper-2026-03-01.db --data /var/lib/poolkeeper --keep-old`;

/** `poolkeeper backup` and `poolkeeper restore` */
export function addBackupCommands(program: Command, runtime: Runtime): void {
  program
    .command('backup')
    .description('write everything that a server knows to one file')
    .argument('<file>', 'a file that does not exist yet')
    .option('--data <folder>', 'the data folder of the server (default: poolkeeper-data, or POOLKEEPER_DATA)')
    .option('--json', 'print what was done, for programs')
    .addHelpText('after', BACKUP_HELP)
    .action(async (file: string, options: BackupOptions, self: Command) => {
      const { backUp } = await import('./backup-run.ts');
      await backUp(runtime.context, file, withJson(options, self));
    });
  program
    .command('restore')
    .description('make a backup the store of a data folder')
    .argument('<file>', 'the backup')
    .option('--data <folder>', 'the data folder (default: poolkeeper-data, or POOLKEEPER_DATA)')
    .option('--keep-old', 'move a store that is there aside; without it, it is left alone')
    .option('--json', 'print what was done, for programs')
    .addHelpText('after', RESTORE_HELP)
    .action(async (file: string, options: RestoreOptions, self: Command) => {
      const { restore } = await import('./backup-run.ts');
      await restore(runtime.context, file, withJson(options, self));
    });
}

/** `--json` may stand before the command's name too. */
function withJson<T extends { readonly json?: boolean }>(options: T, self: Command): T {
  return {
    ...options,
    json: options.json === true || self.optsWithGlobals<{ json?: boolean }>().json === true,
  };
}
