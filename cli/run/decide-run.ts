import type { Poolkeeper, Run } from '@poolkeeper/client';
import type { Command } from 'commander';
import { doEach } from '../outcomes.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';

const DECIDE_HELP = `
"poolkeeper run list --waiting" shows what is asked. Your token's name and the reason are kept as evidence of the step.`;

type DecideOptions = { readonly reason?: string };

/** `poolkeeper run approve | deny` */
export function addRunDecisions(run: Command, runtime: Runtime): void {
  addDecision(run.command('approve').description('say yes to what runs ask, so that they go on'))
    .option('--reason <text>', 'why, for people; it is kept as evidence')
    .action(async (ids: string[], { reason }: DecideOptions, self: Command) => {
      const approval = reason === undefined ? {} : { reason };
      await decideEach({ runtime, self }, ids, {
        done: 'approved',
        decide: ({ runs }, { id, version }) => runs.approve(id, approval, { ifVersion: version }),
      });
    });
  addDecision(run.command('deny').description('say no to what runs ask: the step has failed'))
    .requiredOption('--reason <text>', 'why, for people; it is kept as evidence')
    .action(async (ids: string[], { reason }: { readonly reason: string }, self: Command) => {
      await decideEach({ runtime, self }, ids, {
        done: 'denied',
        decide: ({ runs }, { id, version }) => runs.deny(id, { reason }, { ifVersion: version }),
      });
    });
}

function addDecision(command: Command): Command {
  return addConnectionOptions(command.argument('<run...>', 'their ids')).addHelpText('after', DECIDE_HELP);
}

/** Answers the very question that the run asks when it is looked at, and says which that was. */
async function decideEach(
  { runtime, self }: { readonly runtime: Runtime; readonly self: Command },
  ids: readonly string[],
  work: {
    readonly done: string;
    readonly decide: (client: Poolkeeper, seen: Run) => Promise<Run>;
  },
): Promise<void> {
  const session = openSession(runtime, self);
  const questions = new Map<string, string | null>();
  await doEach({ runtime, session }, ids, {
    act: async (id) => {
      const seen = await session.client.runs.get(id);
      questions.set(id, seen.asks);
      return work.decide(session.client, seen);
    },
    describe: (run, id) => `${work.done} ${id}: "${questions.get(id) ?? ''}"; ${describeRun(run)}`,
  });
}

function describeRun({ status, step, asks, resource }: Run): string {
  if (asks !== null) return `now it asks "${asks}"`;
  if (status === 'held')
    return `${resource} is held at step ${step ?? 'none'}: "poolkeeper resource explain ${resource}" says what can be done`;
  return step === null ? `the run has ${status}` : `the run is ${status}, at step ${step}`;
}
