import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import { TrialRefused, tryProgram } from '@poolkeeper/server';
import type { CheckResult, TrialReport } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { colorsFor, printJson, printLine } from '../output.ts';
import type { Colors } from '../output.ts';
import { onOneLine } from '../table.ts';
import { readTrialAccount } from './trial-account.ts';

export type ProviderTestOptions = {
  readonly template?: string;
  /** A file. */
  readonly account?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly environment?: readonly string[];
  readonly json?: boolean;
};

/** A second signal this soon after the first is the same Ctrl-C, passed on by npm. Milliseconds. */
const SAME_SIGNAL_MS = 1_000;
/** What a check that failed says stands under its name. */
const INDENT = ' '.repeat(10);

/**
 * Runs the checks of the provider contract against a program, and says of each whether it passed, as it comes.
 *
 * Shape: the exit code. Errors: `CliError` for what cannot be used at all.
 */
export async function testProvider(
  context: CliContext,
  command: readonly string[],
  options: ProviderTestOptions,
): Promise<number> {
  const colors = colorsFor(context.stdout, context.environment);
  const isJson = options.json === true;
  const template = readTemplate(context, options.template);
  const account =
    options.account === undefined
      ? undefined
      : readTrialAccount(resolve(context.workingDirectory, options.account));
  if (account !== undefined && template !== null) {
    throw new CliError('--template is of no use with --account: nothing is made there.', {
      advice: 'Leave one of them out; a program that does both is tested twice.',
      exitCode: EXIT.usage,
    });
  }
  const interruption = new AbortController();
  let interruptedAt: number | undefined;
  const unwatch = context.onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    if (interruptedAt === undefined) {
      interruptedAt = context.now();
      interruption.abort(new Error('interrupted'));
      printLine(context.stderr, 'poolkeeper: interrupted; removing what was made');
    } else if (context.now() - interruptedAt > SAME_SIGNAL_MS) {
      unwatch();
      process.kill(process.pid, signal);
    }
  });
  if (!isJson) printLine(context.stdout, onOneLine(command.join(' ')));
  try {
    const report = await tryProgram({
      command,
      template,
      account,
      environment: options.environment ?? [],
      timeoutMs: options.timeout,
      workingDirectory: context.workingDirectory,
      signal: interruption.signal,
      onResult: (result) => {
        if (!isJson) printResult(context, colors, result);
      },
    });
    if (isJson) printJson(context.stdout, { command, template, ...report });
    else printSummary(context, colors, { ...report, isOfAccount: account !== undefined });
    return report.results.some(({ outcome }) => outcome === 'failed' || outcome === 'not run') ||
      report.remains.length > 0
      ? EXIT.contractBroken
      : EXIT.ok;
  } catch (error) {
    if (!(error instanceof TrialRefused)) throw error;
    throw new CliError(error.message, { advice: ADVICE, exitCode: EXIT.usage, cause: error });
  } finally {
    unwatch();
  }
}

const ADVICE = 'See "poolkeeper provider test --help".';

function readTemplate(context: CliContext, given: string | undefined): JsonObject | null {
  if (given === undefined) return null;
  const isText = given.trimStart().startsWith('{');
  const text = isText ? given : readFile(resolve(context.workingDirectory, given));
  const place = isText ? '--template' : given;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${place} is no JSON: ${why}.`, { advice: ADVICE, exitCode: EXIT.usage, cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new CliError(`${place} is no object, such as {"size": "small"}.`, {
    advice: ADVICE,
    exitCode: EXIT.usage,
  });
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`The template cannot be read: ${why}.`, {
      advice: 'Give --template a file that is there, or a JSON object in quotes.',
      exitCode: EXIT.usage,
      cause,
    });
  }
}

function printResult({ stdout }: CliContext, colors: Colors, result: CheckResult): void {
  const seconds = `(${(result.durationMs / 1_000).toFixed(1)} s)`;
  switch (result.outcome) {
    case 'passed':
      return printLine(stdout, `${colors.green('ok')}        ${result.name} ${colors.dim(seconds)}`);
    case 'left out':
      return printLine(stdout, colors.dim(`left out  ${result.name}: ${result.why}`));
    case 'not run':
      // Why is said once, at the end: it is the same for all of them.
      return printLine(stdout, colors.dim(`not run   ${result.name}`));
    case 'failed':
      printLine(stdout, `${colors.red('FAILED')}    ${colors.bold(result.name)} ${colors.dim(seconds)}`);
      printLine(stdout, `${INDENT}${onOneLine(result.why ?? '')}`);
      printLine(stdout, `${INDENT}What to do: ${result.advice}`);
      if (result.log.length > 0) printLine(stdout, `${INDENT}The program said last:`);
      for (const line of result.log) printLine(stdout, colors.dim(`${INDENT}  ${onOneLine(line)}`));
  }
}

function printSummary(
  { stdout }: CliContext,
  colors: Colors,
  { results, remains, isOfAccount }: TrialReport & { readonly isOfAccount: boolean },
): void {
  for (const { resource, why, stateDirectory } of remains) {
    printLine(stdout, `${colors.red('STILL THERE')} ${resource}: ${onOneLine(why)}`);
    printLine(stdout, `${INDENT}Remove it by hand; what the program keeps of it is in ${stateDirectory}.`);
  }
  const count = (wanted: CheckResult['outcome']): number =>
    results.filter(({ outcome }) => outcome === wanted).length;
  const parts = [`${count('passed')} passed`, `${count('failed')} failed`, `${count('left out')} left out`];
  const notRun = results.findLast(({ outcome }) => outcome === 'not run');
  if (notRun !== undefined) parts.push(`${count('not run')} not run: ${notRun.why}`);
  printLine(stdout, '');
  printLine(stdout, parts.join(', '));
  const caveat = isOfAccount
    ? 'How many keys there are in the account nobody but its vendor can tell: look there. The file of --account has the one in force.'
    : 'How many things exist was asked of "observe": nothing else can tell.';
  printLine(stdout, colors.dim(caveat));
}
