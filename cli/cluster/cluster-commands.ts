import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { requireYes } from '../consent.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { addWatchOption } from '../present-list.ts';
import type { WatchOptions } from '../present-list.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { present } from '../watch.ts';
import { describeHalt, printCluster } from './show-cluster.ts';

const STATUS_HELP = `
Any replica answers it by itself, also while nobody keeps the world. BEHIND counts batches of changes; CLOCK is how far the machine's
clock is from the database's, by which all of them decide.`;

const STEP_DOWN_HELP = `
For work on the machine of the keeper, or an upgrade: no request is lost, those that come meanwhile wait for the next keeper. A
keeper that gets SIGTERM does it by itself.`;

const RESUME_HELP = `
For a halt: the database knows less than was acknowledged, as after a standby was promoted that had not received everything. What was
lent in between may be in use, and would be lent again: find out first. docs/high-availability.md says how.`;

/** `poolkeeper cluster …` */
export function addClusterCommands(program: Command, runtime: Runtime): void {
  const cluster = program.command('cluster').description('see who of several replicas keeps the world');
  addWatchOption(cluster.command('status').description('show the replicas, and who keeps the world'))
    .addHelpText('after', STATUS_HELP)
    .action(async (options: WatchOptions, self: Command) => {
      const session = openSession(runtime, self);
      await present(session, { look: () => session.client.cluster.get(), print: printCluster }, options);
    });
  addStepDown(cluster, runtime);
  addResume(cluster, runtime);
}

function addStepDown(cluster: Command, runtime: Runtime): void {
  addConnectionOptions(cluster.command('step-down').description('have another replica keep the world'))
    .option('--yes', 'do it without asking')
    .addHelpText('after', STEP_DOWN_HELP)
    .action(async ({ yes }: { yes?: boolean }, self: Command) => {
      const session = openSession(runtime, self);
      const { client, context, isJson } = session;
      const { keeper: before } = await client.cluster.get();
      if (yes !== true) {
        await requireYes(session, {
          question: `${before?.name ?? 'The keeper'} hands the world over to another replica; no request is lost.`,
          unasked: 'Nothing was changed: handing the world over was not agreed to.',
          advice: 'Agree beforehand with --yes.',
        });
      }
      const after = await client.cluster.stepDown();
      if (isJson) return printJson(context.stdout, after);
      const { keeper, term } = after;
      const next = keeper === null ? 'nobody yet: see "poolkeeper cluster status"' : keeper.name;
      printLine(
        context.stdout,
        `${before?.name ?? 'the keeper'} handed the world over to ${next}, term ${term}`,
      );
    });
}

function addResume(cluster: Command, runtime: Runtime): void {
  addConnectionOptions(
    cluster.command('resume').description('go on after a halt, with what the database has'),
  )
    .option('--accept-loss', 'that what the halt names is lost is known, and accepted')
    .addHelpText('after', RESUME_HELP)
    .action(async ({ acceptLoss }: { acceptLoss?: boolean }, self: Command) => {
      const { client, context, isJson } = openSession(runtime, self);
      if (acceptLoss !== true) {
        const { halt } = await client.cluster.get();
        const said = halt === null ? ['No halt stands.'] : describeHalt(halt, context.now());
        throw new CliError(`Nothing was changed. ${said.join(' ')}`, {
          advice:
            halt === null
              ? 'Nothing has to be done.'
              : 'Look first what was lent in between (poolkeeper cluster resume --help), then agree with --accept-loss.',
          exitCode: EXIT.conflict,
        });
      }
      const after = await client.cluster.resume({ acceptLoss: true });
      if (isJson) return printJson(context.stdout, after);
      const next =
        after.keeper === null
          ? 'One of the replicas takes the world up'
          : `${after.keeper.name} keeps the world`;
      printLine(context.stdout, `resumed. ${next}; see "poolkeeper cluster status"`);
    });
}
