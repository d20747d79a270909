import type { Command } from 'commander';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { addRemoveCommand } from '../remove-command.ts';
import { openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { present } from '../watch.ts';
import { printProfile, printProfiles } from './show-profile.ts';

const HELP = `
Profiles are made and changed in configuration files: poolkeeper plan -f FILE, then poolkeeper apply -f FILE.`;

/** `poolkeeper profile …` */
export function addProfileCommands(program: Command, runtime: Runtime): void {
  const profile = program
    .command('profile')
    .description('see parameters that resources can be given together')
    .addHelpText('after', HELP);
  addListOptions(profile.command('list').description('list profiles')).action(
    async (options: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      await presentList(
        session,
        { pageAt: (paging) => session.client.profiles.page(paging), print: printProfiles },
        options,
      );
    },
  );
  addWatchOption(
    profile
      .command('show')
      .description('show one profile: its parameters, and which pools name it')
      .argument('<profile>', 'its name'),
  ).action(async (name: string, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    await present(session, { look: () => session.client.profiles.get(name), print: printProfile }, options);
  });
  addRemoveCommand(profile, runtime, {
    noun: 'profile',
    description: 'take profiles away that no pool names and no resource has',
    remove: ({ client }, name, options) => client.profiles.remove(name, options),
  });
}
