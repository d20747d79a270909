import type { Command } from 'commander';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { present } from '../watch.ts';
import { addProviderTestCommand } from './provider-test-command.ts';
import { printProvider, printProviders } from './show-provider.ts';

/** `poolkeeper provider …` */
export function addProviderCommands(program: Command, runtime: Runtime): void {
  const provider = program
    .command('provider')
    .description('see where resources come from and how that does, and try a provider of your own')
    .enablePositionalOptions();
  addListOptions(provider.command('list').description('list providers')).action(
    async (options: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      await presentList(
        session,
        { pageAt: (paging) => session.client.providers.page(paging), print: printProviders },
        options,
      );
    },
  );
  addWatchOption(
    provider
      .command('show')
      .description('show one provider: its state, its limits, its last error')
      .argument('<provider>', 'its name'),
  ).action(async (name: string, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    await present(session, { look: () => session.client.providers.get(name), print: printProvider }, options);
  });
  addProviderTestCommand(provider, runtime);
}
