import { Command, CommanderError } from 'commander';
import { addClusterCommands } from './cluster/cluster-commands.ts';
import { addCompletionCommands } from './completion/completion-commands.ts';
import type { CliContext } from './context.ts';
import { addDoctorCommand } from './doctor/doctor-command.ts';
import { addConfigurationCommands } from './configuration/configuration-commands.ts';
import { addEventCommands } from './event/event-commands.ts';
import { EXIT } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { addLedgerCommand } from './ledger/ledger-command.ts';
import { addLeaseCommands } from './lease/lease-commands.ts';
import { addCloudSimulatorCommand } from './local/cloud-simulator.ts';
import { addImportCommands } from './import/import-commands.ts';
import { withTwoDashes } from './local/compat-boskos.ts';
import { addCompatCommands } from './local/compat.ts';
import { colorsFor, printLine } from './output.ts';
import { addKeyCommands } from './key/key-commands.ts';
import { addPoolCommands } from './pool/pool-commands.ts';
import { addProfileCommands } from './profile/profile-commands.ts';
import { addProviderCommands } from './provider/provider-commands.ts';
import { addResourceCommands } from './resource/resource-commands.ts';
import { addConnectionOptions } from './runtime.ts';
import type { Runtime } from './runtime.ts';
import { addBackupCommands } from './local/backup.ts';
import { addMigrateCommand } from './local/migrate.ts';
import { addServeCommand } from './local/serve.ts';
import { addRunnerCommands } from './runner/runner-commands.ts';
import { addSecretCommands } from './secret/secret-commands.ts';
import { addTokenCommands } from './token/token-commands.ts';
import { addWorkflowCommands } from './workflow/workflow-commands.ts';
import { addWebhookCommands } from './webhook/webhook-commands.ts';
import { addRunCommands } from './run/run-commands.ts';
import { addTurnoverCommands } from './turnover/turnover-commands.ts';
import { addVerifyCommand } from './verify/verify-command.ts';

const HELP = `
A server is found by --url or POOLKEEPER_URL; without them, by what a server on this machine left in poolkeeper-data.
Exit codes: 0 done, 1 our defect, 2 wrong input, 3 no server, 4 not allowed, 5 not found, 6 conflict, 7 over a limit,
8 not now, 9 waited too long, 10 lease lost, 11 a provider breaks its contract, 12 to 15 turnover records that are not proven
(verify --help), 126 and 127 command not runnable and not found, 255 wrong options of compat.`;

/**
 * Runs one command line. Everything that goes wrong is said on standard error.
 *
 * Shape: resolves to the exit code; never rejects.
 */
export async function runCli(args: readonly string[], context: CliContext, version: string): Promise<number> {
  const runtime: Runtime = { context, exitCode: EXIT.ok };
  try {
    await createProgram(runtime, version).parseAsync(withTwoDashes(args), { from: 'user' });
    return runtime.exitCode;
  } catch (error) {
    // It has been said already: help, the version, or what is wrong with the arguments.
    if (error instanceof CommanderError) return exitCodeOf(error);
    return reportError(context, error);
  }
}

function createProgram(runtime: Runtime, version: string): Command {
  const { context } = runtime;
  const program = new Command('poolkeeper')
    .description('Lend scarce things fairly, and prove that each hand-over was clean.')
    .version(version, '--version')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError('(--help says what there is)')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => Math.min(120, context.stdout.columns),
      getErrHelpWidth: () => Math.min(120, context.stderr.columns),
    })
    .exitOverride()
    .addHelpText('after', HELP);
  addConnectionOptions(program);
  addServeCommand(program, runtime);
  addBackupCommands(program, runtime);
  addMigrateCommand(program, runtime);
  addDoctorCommand(program, runtime, version);
  addClusterCommands(program, runtime);
  addCloudSimulatorCommand(program, runtime);
  addCompatCommands(program, runtime, version);
  addConfigurationCommands(program, runtime);
  addImportCommands(program, runtime);
  addLeaseCommands(program, runtime);
  addPoolCommands(program, runtime);
  addResourceCommands(program, runtime);
  addWorkflowCommands(program, runtime);
  addProfileCommands(program, runtime);
  addTokenCommands(program, runtime);
  addSecretCommands(program, runtime);
  addRunnerCommands(program, runtime);
  addProviderCommands(program, runtime);
  addLedgerCommand(program, runtime);
  addEventCommands(program, runtime);
  addWebhookCommands(program, runtime);
  addRunCommands(program, runtime);
  addTurnoverCommands(program, runtime);
  addKeyCommands(program, runtime);
  addVerifyCommand(program, runtime);
  addCompletionCommands(program, runtime);
  return program;
}

function exitCodeOf({ exitCode }: CommanderError): number {
  const isSteady = exitCode === EXIT.ok || exitCode === EXIT.badCompatOptions;
  return isSteady ? exitCode : EXIT.usage;
}

function reportError(context: CliContext, error: unknown): number {
  const { lines, exitCode } = explainError(error);
  const colors = colorsFor(context.stderr, context.environment);
  const [first = '', ...rest] = lines;
  printLine(context.stderr, `${colors.red('poolkeeper:')} ${first}`);
  for (const line of rest) printLine(context.stderr, line);
  return exitCode;
}
