import type { Command } from 'commander';
import { repeated } from '../option-values.ts';
import type { Runtime } from '../runtime.ts';
import type { AcctpoolImport } from './import-acctpool.ts';
import type { BoskosImport } from './import-boskos.ts';

const BOSKOS_HELP = `
A source is: the configuration file of Boskos; its objects as "kubectl get resources.boskos.k8s.io,dynamicresourcelifecycles.boskos.k8s.io
-o yaml" prints them, or JSON; the address of a Kubernetes API, such as that of "kubectl proxy"; or the address of a running Boskos,
whose HTTP tells how many there are in each state and not which. Several sources are taken together: the configuration says
what there is, the objects how it stands.
Nothing is changed: see what the file would do with "poolkeeper plan -f FILE", then have it with "poolkeeper apply -f FILE".`;

/** `poolkeeper import …`: what other servers have, as a configuration of ours. */
export function addImportCommands(program: Command, runtime: Runtime): void {
  const group = program
    .command('import')
    .description('write what another server has as a configuration of ours');
  group
    .command('boskos')
    .description('write the types and resources of a Boskos server as pools and resources')
    .requiredOption('--from <source>', 'a file, or an address; repeatable', repeated)
    .option('--namespace <name>', 'where the objects are in Kubernetes', 'default')
    .option('--silence <duration>', 'take members away from holders that are silent for so long')
    .option('--without-data', 'leave user data out, which may hold credentials')
    .option('--out <file>', 'write there, for the owner alone to read; else to standard output')
    .addHelpText('after', BOSKOS_HELP)
    .action(async (options: BoskosImport) => {
      const { importBoskos } = await import('./import-boskos.ts');
      await importBoskos(runtime.context, options);
    });
  group
    .command('acctpool')
    .description('write the types and accounts of an account pool as pools and resources')
    .requiredOption('--from <file>', 'its configuration file')
    .requiredOption('--cleaner <how>', 'who cleans accounts: exec:PROGRAM, ibm or none-i-accept-unclean')
    .option(
      '--secrets <file>',
      'write the credentials there as variables of a shell, for the owner alone to read',
    )
    .option('--out <file>', 'write the configuration there; else to standard output')
    .action(async (options: AcctpoolImport) => {
      const { importAcctpool } = await import('./import-acctpool.ts');
      await importAcctpool(runtime.context, options);
    });
}
