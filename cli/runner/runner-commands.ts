import type { Command } from 'commander';
import type { RunnerOptions } from '../local/runner/run-runner.ts';
import { durationMs, pairs, wholeNumber } from '../option-values.ts';
import { addListOptions, presentList } from '../present-list.ts';
import type { ListOptions } from '../present-list.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { printRunners } from './show-runner.ts';

/** Milliseconds. */
const DRAIN_MS_DEFAULT = 30_000;
const CONCURRENCY_DEFAULT = 4;

const RUN_HELP = `
Does the steps of workflows whose runsOn labels it has, on this machine and as this user. It needs a token of the role runner:
  poolkeeper token create --role runner --labels site=lab --secret-only
SIGTERM and Ctrl-C: it takes no more, waits up to --drain for what is under way, and gives the rest back for other runners. A
second signal gives back at once.`;

/** `poolkeeper runner …` */
export function addRunnerCommands(program: Command, runtime: Runtime): void {
  const runner = program
    .command('runner')
    .description('do steps on this machine for a server elsewhere, and see who does')
    .enablePositionalOptions();
  addRun(runner, runtime);
  addListOptions(
    runner.command('list').description('list runners: their labels, what they do, when they were heard'),
  ).action(async (options: ListOptions, self: Command) => {
    const session = openSession(runtime, self);
    await presentList(
      session,
      { pageAt: (paging) => session.client.runners.page(paging), print: printRunners },
      options,
    );
  });
}

function addRun(runner: Command, runtime: Runtime): void {
  addConnectionOptions(
    runner
      .command('run', { isDefault: true })
      .description('do steps on this machine, until a signal ends it'),
  )
    .option(
      '--labels <pairs>',
      'what this machine is and has, such as site=lab,gpu=yes; may be repeated',
      pairs,
    )
    .option('--name <name>', 'how it is called beside other runners (default: the name of this machine)')
    .option('--concurrency <n>', 'steps at once', wholeNumber(1), CONCURRENCY_DEFAULT)
    .option(
      '--exec-steps <folder>',
      'exec steps run programs of this folder alone; off: none, any: whatever they name',
      'any',
    )
    .option('--drain <duration>', 'how long steps may go on after a signal', durationMs, DRAIN_MS_DEFAULT)
    .addHelpText('after', RUN_HELP)
    .action(async (options: RunnerOptions, self: Command) => {
      const session = openSession(runtime, self);
      // Only this command pays for loading what does steps.
      const { runRunner } = await import('../local/runner/run-runner.ts');
      await runRunner(session, options);
    });
}
