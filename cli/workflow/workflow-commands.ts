import type { Command } from 'commander';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { addRemoveCommand } from '../remove-command.ts';
import { openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { present } from '../watch.ts';
import { printWorkflow, printWorkflows } from './show-workflow.ts';

const HELP = `
Workflows are made and changed in configuration files: poolkeeper plan -f FILE, then poolkeeper apply -f FILE.`;

/** `poolkeeper workflow …` */
export function addWorkflowCommands(program: Command, runtime: Runtime): void {
  const workflow = program
    .command('workflow')
    .description('see what is done when resources move, step by step')
    .addHelpText('after', HELP);
  addListOptions(workflow.command('list').description('list workflows')).action(
    async (options: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      await presentList(
        session,
        { pageAt: (paging) => session.client.workflows.page(paging), print: printWorkflows },
        options,
      );
    },
  );
  addWatchOption(
    workflow
      .command('show')
      .description('show one workflow: its steps, and which pools name it')
      .argument('<workflow>', 'its name'),
  ).action(async (name: string, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    await present(session, { look: () => session.client.workflows.get(name), print: printWorkflow }, options);
  });
  addRemoveCommand(workflow, runtime, {
    noun: 'workflow',
    description: 'take workflows away that no pool names',
    remove: ({ client }, name, options) => client.workflows.remove(name, options),
  });
}
