import type { Command } from 'commander';
import { doEach } from '../outcomes.ts';
import { printJson, printLine } from '../output.ts';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { present } from '../watch.ts';
import { readSecretValue } from './secret-value.ts';
import { printSecret, printSecrets } from './show-secret.ts';

const SET_HELP = `
The value is never an argument. At a terminal it is asked for and not shown; else it is what comes on standard input, without
the newline at its end; --file takes a file as it is:
  pass show lab/root | poolkeeper secret set lab-root
  poolkeeper secret set lab-key --file ~/.ssh/id_ed25519
Steps name it as \${secrets.lab-root}.`;

/** `poolkeeper secret …` */
export function addSecretCommands(program: Command, runtime: Runtime): void {
  const secret = program.command('secret').description('keep what steps need and nobody may read');
  addSet(secret, runtime);
  addListOptions(secret.command('list').description('list secrets; never their values')).action(
    async (options: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      await presentList(
        session,
        { pageAt: (paging) => session.client.secrets.page(paging), print: printSecrets },
        options,
      );
    },
  );
  addWatchOption(
    secret.command('show').description('show one secret; never its value').argument('<secret>', 'its name'),
  ).action(async (name: string, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    await present(session, { look: () => session.client.secrets.get(name), print: printSecret }, options);
  });
  addConnectionOptions(
    secret
      .command('remove')
      .description('forget secrets that no workflow names')
      .argument('<secret...>', 'their names'),
  ).action(async (names: string[], _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    await doEach({ runtime, session }, names, {
      act: (name) => session.client.secrets.remove(name),
      describe: (_result, name) => `removed ${name}`,
    });
  });
}

function addSet(secret: Command, runtime: Runtime): void {
  addConnectionOptions(
    secret
      .command('set')
      .description('set a secret, new or not; steps that start from then on get the new value')
      .argument('<secret>', 'its name: small letters, digits, dots, dashes and underscores'),
  )
    .option('--file <file>', 'a file that holds the value; it is taken as it is')
    .addHelpText('after', SET_HELP)
    .action(async (name: string, options: { readonly file?: string }, self: Command) => {
      const session = openSession(runtime, self);
      const { context, client, isJson } = session;
      const value = await readSecretValue(context, name, options.file);
      const set = await client.secrets.set(name, value);
      if (isJson) return printJson(context.stdout, set);
      printLine(context.stdout, `${set.version === 1 ? 'set' : 'changed'} ${name} (version ${set.version})`);
    });
}
