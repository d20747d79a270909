import process from 'node:process';
import type { Command } from 'commander';
import { findConnection } from '../connection.ts';
import type { Connection } from '../connection.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { colorsFor, paintStatus, printJson, printLine } from '../output.ts';
import { addConnectionOptions } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { wrapText } from '../wrap-text.ts';
import { checkPools } from './check-pools.ts';
import { checkServer } from './check-server.ts';
import { checkToken } from './check-token.ts';
import { ok, problem, skipped } from './finding.ts';
import type { Finding } from './finding.ts';

const DOCTOR_HELP = `
Looks at the configuration file, the data folder and the database of this machine, at the server, and at what the token may do. Nothing
is changed, and no secret is printed. Ends with 0, or with the exit code of the first problem; warnings do not count.`;

type DoctorOptions = {
  readonly config?: string;
  readonly data?: string;
  readonly database?: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
};

/** `poolkeeper doctor` */
export function addDoctorCommand(program: Command, runtime: Runtime, version: string): void {
  addConnectionOptions(program.command('doctor').description('find out what is wrong, and say what to do'))
    .option('--config <file>', 'a configuration file to check (POOLKEEPER_CONFIG)')
    .option('--data <folder>', 'the data folder of a server (POOLKEEPER_DATA, or poolkeeper-data)')
    .option('--database <url>', 'the database of replicas to look at (POOLKEEPER_DATABASE)')
    .addHelpText('after', DOCTOR_HELP)
    .action(async (own: DoctorOptions, self: Command) => {
      const options = { ...self.optsWithGlobals<DoctorOptions>(), ...own };
      const { context } = runtime;
      const findings = await examine(context, options, version);
      const firstProblem = findings.find(({ state }) => state === 'problem');
      if (firstProblem !== undefined) runtime.exitCode = firstProblem.exitCode ?? EXIT.unavailable;
      if (options.json === true) {
        return printJson(context.stdout, { isHealthy: firstProblem === undefined, findings });
      }
      printFindings(context, findings);
    });
}

async function examine(context: CliContext, options: DoctorOptions, version: string): Promise<Finding[]> {
  const { checkMachine } = await import('../local/check-machine.ts');
  const findings = [
    ok('node', `Node ${process.version} runs this command.`),
    ...(await checkMachine(context, options)),
    ...(await lookAtDatabase(context, options)),
  ];
  const connection = tryToFind(context, options);
  if (!('url' in connection)) return [...findings, connection];
  const { findings: ofServer, isReached } = await checkServer(context, { url: connection.url, version });
  findings.push(...ofServer);
  if (!isReached)
    return [...findings, skipped('token', 'Without a server nobody can say what the token may do.')];
  const { finding, isAccepted } = await checkToken(context, connection);
  findings.push(finding);
  if (isAccepted) findings.push(...(await checkPools(context, connection)));
  return findings;
}

async function lookAtDatabase(context: CliContext, { database }: DoctorOptions): Promise<Finding[]> {
  const url = database ?? context.environment['POOLKEEPER_DATABASE'] ?? '';
  if (url === '') return [];
  const { checkDatabase } = await import('../local/check-database.ts');
  return await checkDatabase(context, url);
}

function tryToFind(context: CliContext, options: DoctorOptions): Connection | Finding {
  try {
    // A folder that is named here is where the server of this machine is looked for.
    const environment =
      options.data === undefined
        ? context.environment
        : { ...context.environment, POOLKEEPER_DATA: options.data };
    return findConnection({ environment, workingDirectory: context.workingDirectory }, options);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const { message, advice, exitCode } = error;
    return problem('server', { message, advice, exitCode });
  }
}

const MARK: Readonly<Record<Finding['state'], string>> = {
  ok: 'ok',
  warning: 'warning',
  problem: 'problem',
  skipped: 'skipped',
};
const STATE_WIDTH = Math.max(...Object.values(MARK).map((mark) => mark.length));

function printFindings({ stdout, environment }: CliContext, findings: readonly Finding[]): void {
  const colors = colorsFor(stdout, environment);
  const subjectWidth = Math.max(...findings.map(({ subject }) => subject.length));
  const indent = STATE_WIDTH + subjectWidth + 4;
  for (const { subject, state, message, advice } of findings) {
    const head = `${paintStatus(colors, MARK[state])}${' '.repeat(STATE_WIDTH - MARK[state].length)}  ${subject.padEnd(subjectWidth)}  `;
    const lines = wrapText(message, stdout.columns - indent);
    printLine(stdout, `${head}${lines.join(`\n${' '.repeat(indent)}`)}`);
    if (advice === undefined) continue;
    for (const line of wrapText(advice, stdout.columns - indent))
      printLine(stdout, `${' '.repeat(indent)}${colors.bold(line)}`);
  }
  const count = (wanted: Finding['state']): number => findings.filter(({ state }) => state === wanted).length;
  printLine(stdout, '');
  printLine(stdout, summaryOf(count('problem'), count('warning')));
}

function summaryOf(problems: number, warnings: number): string {
  if (problems === 0 && warnings === 0) return 'All is well.';
  const said = [
    ...(problems === 0 ? [] : [`${problems} ${problems === 1 ? 'problem' : 'problems'}`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
  ];
  return `${said.join(', ')}.`;
}
