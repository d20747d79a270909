import type { Command } from 'commander';
import { repeated } from '../option-values.ts';
import { printJson } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';

type FileOptions = { readonly file: readonly string[]; readonly prune?: boolean };

const FILES_HELP = `
Several files and folders are one configuration. \${env.NAME} and \${env.NAME:-default} in values are filled from the environment
of this command. Without --prune, what the configuration does not name stays as it is.`;

/** `poolkeeper plan`, `apply` and `config`. Only these pay for loading what reads files. */
export function addConfigurationCommands(program: Command, runtime: Runtime): void {
  addFileOptions(
    program.command('plan').description('say what a configuration would change, and what follows'),
  )
    .addHelpText('after', FILES_HELP)
    .action(async ({ file, prune }: FileOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { readConfiguration, withinFiles } = await import('./read-configuration.ts');
      const { printPlan } = await import('./print-plan.ts');
      const read = await readConfiguration(session.context, file);
      const request = { config: read.config, prune: prune === true };
      const plan = await withinFiles(read, () => session.client.configuration.plan(request));
      if (session.isJson) printJson(session.context.stdout, plan);
      else printPlan(session, plan);
    });
  addFileOptions(
    program
      .command('apply')
      .description('make the server have a configuration, in one decision; asks before anything is given up'),
  )
    .option('--yes', 'agree beforehand to whatever is given up, for scripts')
    .addHelpText('after', FILES_HELP)
    .action(async ({ file, prune, yes }: FileOptions & { readonly yes?: boolean }, self: Command) => {
      const session = openSession(runtime, self);
      const { readConfiguration } = await import('./read-configuration.ts');
      const { applyConfiguration } = await import('./apply-configuration.ts');
      const read = await readConfiguration(session.context, file);
      await applyConfiguration(session, read, { prune: prune === true, yes: yes === true });
    });
  const config = program.command('config').description('see the configuration that the server has');
  addConnectionOptions(
    config.command('show').description('print it as a file that plans to nothing; --json prints it as JSON'),
  ).action(async (_options: unknown, self: Command) => {
    const { client, context, isJson } = openSession(runtime, self);
    const configuration = await client.configuration.get();
    const { writeConfiguration } = await import('@poolkeeper/config-file');
    if (isJson) printJson(context.stdout, configuration);
    else context.stdout.write(writeConfiguration(configuration));
  });
}

function addFileOptions(command: Command): Command {
  return addConnectionOptions(command)
    .requiredOption('-f, --file <file>', 'a file or folder; may be repeated; - is standard input', repeated)
    .option('--prune', 'give up what the configuration does not name');
}
