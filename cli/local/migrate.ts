import type { Command } from 'commander';
import type { Runtime } from '../runtime.ts';
import type { MigrateOptions } from './migrate-run.ts';

const MIGRATE_HELP = `
Every server of both sides has to be stopped. The target has to hold nothing; the source stays as it was. The copy is read back, and
counts and SHA-256 digests of both sides are compared before the target may be served.
  poolkeeper migrate --from /var/lib/poolkeeper --to postgres://poolkeeper@db1,db2/poolkeeper
  poolkeeper migrate --from postgres://poolkeeper@db1/poolkeeper --to /var/lib/poolkeeper
A password of the database belongs into PGPASSWORD or ~/.pgpass, not into the command. The master key is the one of the folder, or
POOLKEEPER_MASTER_KEY as the replicas have it.`;

/** `poolkeeper migrate` */
export function addMigrateCommand(program: Command, runtime: Runtime): void {
  program
    .command('migrate')
    .description('move a world from a data folder to a database, or back')
    .requiredOption('--from <folder>', 'where it is: a data folder, or postgres://…')
    .requiredOption('--to <folder>', 'where it shall be: the other of the two')
    .option('--master-key-file <file>', 'keys that secrets are sealed with (POOLKEEPER_MASTER_KEY_FILE)')
    .option('--json', 'print what was moved, for programs')
    .addHelpText('after', MIGRATE_HELP)
    .action(async (options: MigrateOptions, self: Command) => {
      const { runMigrate } = await import('./migrate-run.ts');
      const json = options.json === true || self.optsWithGlobals<{ json?: boolean }>().json === true;
      await runMigrate(runtime.context, { ...options, json });
    });
}
