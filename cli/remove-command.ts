import type { ChangeOptions } from '@poolkeeper/client';
import type { Command } from 'commander';
import { wholeNumber } from './option-values.ts';
import { doEach } from './outcomes.ts';
import { addConnectionOptions, openSession } from './runtime.ts';
import type { Runtime, Session } from './runtime.ts';

/** What is removed: how it is called, and how that is done. */
type Removal = {
  readonly noun: string;
  readonly description: string;
  readonly remove: (session: Session, name: string, options: ChangeOptions) => Promise<unknown>;
};

/** `remove` of what goes at once: several names are taken away one after the other. */
export function addRemoveCommand(
  parent: Command,
  runtime: Runtime,
  { noun, description, remove }: Removal,
): void {
  addConnectionOptions(
    parent.command('remove').description(description).argument(`<${noun}...>`, 'their names'),
  )
    .option(
      '--if-version <n>',
      'only if nobody has changed it since: its version, as "show" has it',
      wholeNumber(0),
    )
    .action(async (names: string[], { ifVersion }: { ifVersion?: number }, self: Command) => {
      const session = openSession(runtime, self);
      await doEach({ runtime, session }, names, {
        act: (name) => remove(session, name, { ifVersion }),
        describe: (_gone, name) => `removed ${name}`,
      });
    });
}
