import type { Command } from 'commander';
import { wholeNumber } from '../option-values.ts';
import { EXIT } from '../exit-codes.ts';
import { doEach } from '../outcomes.ts';
import { printJson, printLine } from '../output.ts';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { present } from '../watch.ts';
import { addSetCommand } from './set-webhook.ts';
import { printWebhook, printWebhooks } from './show-webhook.ts';

/** `poolkeeper webhook …` */
export function addWebhookCommands(program: Command, runtime: Runtime): void {
  const webhook = program.command('webhook').description('have somebody be told of what happens');
  addListOptions(webhook.command('list').description('list who is told of what')).action(
    async (options: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      await presentList(
        session,
        { pageAt: (paging) => session.client.webhooks.page(paging), print: printWebhooks },
        options,
      );
    },
  );
  addWatchOption(
    webhook
      .command('show')
      .description('show one webhook: where it leads, how far it is, its last error')
      .argument('<webhook>', 'its name'),
  ).action(async (name: string, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    await present(session, { look: () => session.client.webhooks.get(name), print: printWebhook }, options);
  });
  addSetCommand(webhook, runtime);
  addTest(webhook, runtime);
  addConnectionOptions(
    webhook
      .command('retry')
      .description('try receivers again at once, also those that were given up')
      .argument('<webhook...>', 'their names'),
  ).action(async (names: string[], _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    await doEach({ runtime, session }, names, {
      act: (name) => session.client.webhooks.retry(name),
      describe: ({ name, behind }) => `${name} is tried again, with what it has not got (${behind} events)`,
    });
  });
  addConnectionOptions(
    webhook
      .command('remove')
      .description('tell them nothing more; what they have not got yet they do not get')
      .argument('<webhook...>', 'their names'),
  )
    .option(
      '--if-version <n>',
      'only if nobody has changed it since: its version, as "show" has it',
      wholeNumber(0),
    )
    .action(async (names: string[], { ifVersion }: { ifVersion?: number }, self: Command) => {
      const session = openSession(runtime, self);
      await doEach({ runtime, session }, names, {
        act: (name) => session.client.webhooks.remove(name, { ifVersion }),
        describe: (_gone, name) => `removed ${name}`,
      });
    });
}

function addTest(webhook: Command, runtime: Runtime): void {
  addConnectionOptions(
    webhook
      .command('test')
      .description('send a test message, and say what came of it')
      .argument('<webhook>', 'its name'),
  ).action(async (name: string, _options: unknown, self: Command) => {
    const { client, context, isJson } = openSession(runtime, self);
    const result = await client.webhooks.test(name);
    if (!result.delivered) runtime.exitCode = EXIT.unavailable;
    if (isJson) return printJson(context.stdout, result);
    const after = `after ${result.durationMs} ms`;
    if (result.delivered) return printLine(context.stdout, `the test got to ${name}, ${after}`);
    printLine(context.stderr, `poolkeeper: The test did not get to ${name}, ${after}. ${result.error ?? ''}`);
    printLine(
      context.stderr,
      `Mend what it names; see where it leads with "poolkeeper webhook show ${name}".`,
    );
  });
}
