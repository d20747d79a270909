import { Argument } from 'commander';
import type { Command } from 'commander';
import { printLine } from '../output.ts';
import { openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { onOneLine } from '../table.ts';
import { BASH_SCRIPT } from './bash-script.ts';
import { complete } from './complete.ts';
import type { Completion } from './complete.ts';
import { serverNames } from './server-names.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

const COMPLETION_HELP = `
For this shell:
  bash        source <(poolkeeper completion bash)
  zsh         source <(poolkeeper completion zsh)
  fish        poolkeeper completion fish | source
  powershell  poolkeeper completion powershell | Out-String | Invoke-Expression
For each shell to come, put that line into ~/.bashrc, ~/.zshrc (after compinit), ~/.config/fish/config.fish or $PROFILE.
Names of pools, resources and leases are asked of the server, which has half a second to answer.`;

/** `poolkeeper completion SHELL`, and the hidden `poolkeeper complete -- WORDS…` that its scripts call. */
export function addCompletionCommands(program: Command, runtime: Runtime): void {
  const { context } = runtime;
  program
    .command('completion')
    .description('print what makes a shell complete the words of this command')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', COMPLETION_HELP)
    .action(async (shell: (typeof SHELLS)[number]) => {
      if (shell === 'bash') return printLine(context.stdout, BASH_SCRIPT);
      const { script } = await import('@bomb.sh/tab');
      script(shell, program.name(), program.name());
    });
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (_words: unknown, _options: unknown, self: Command) => {
      const { rawArgs } = program as Command & { readonly rawArgs: readonly string[] };
      const words = rawArgs.slice(rawArgs.indexOf('--') + 1);
      const findNames = serverNames(() => openSession(runtime, self).client);
      for (const line of linesOf(await complete(program, words, findNames))) {
        printLine(context.stdout, line);
      }
    });
}

/** A word, a tab and what it is, each on a line; the last line is the directive. */
function linesOf({ suggestions, directive }: Completion): string[] {
  return [
    ...suggestions.map(({ value, description }) => `${value}\t${onOneLine(description)}`),
    `:${directive}`,
  ];
}
