import type { Command } from 'commander';
import type { ProviderTestOptions } from '../local/provider-test.ts';
import { durationMs, repeated } from '../option-values.ts';
import type { Runtime } from '../runtime.ts';

const TEST_HELP = `
Everything after PROGRAM is its arguments. The checks create resources, look at them and destroy them, in a folder and under an
instance of their own; what they made is removed, after Ctrl-C too. The exit code is 0 when no check failed, 11 else.

With --account nothing is created: the account is verified, cleaned and rotated, and rotations are cut off at every point. Whatever
is in the account goes.

Example: poolkeeper provider test --template '{"size": "small"}' ./provider.py`;

/** `poolkeeper provider test` */
export function addProviderTestCommand(provider: Command, runtime: Runtime): void {
  provider
    .command('test')
    .description('find out whether a program keeps the contract of providers: docs/writing-a-provider.md')
    .passThroughOptions()
    .argument('<program...>', 'the program and its arguments, as "command" of the configuration has them')
    .option(
      '--template <file or JSON>',
      'what resources are made from: a JSON object, or a file that holds one',
    )
    .option(
      '--account <file>',
      'test what it does with accounts, on the account of this file; the file gets each new credential',
    )
    .option('--timeout <duration>', 'how long one call may take, from 1s on', durationMs)
    .option('--environment <name>', 'a variable that the program is given; may be repeated', repeated)
    .option('--json', 'print the results for programs')
    .addHelpText('after', TEST_HELP)
    .action(async (command: string[], options: ProviderTestOptions, self: Command) => {
      // Only this command pays for loading the server.
      const { testProvider } = await import('../local/provider-test.ts');
      const isJson = self.optsWithGlobals<{ json?: boolean }>().json === true;
      runtime.exitCode = await testProvider(runtime.context, command, { ...options, json: isJson });
    });
}
