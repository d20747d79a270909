import { AcctpoolStartError, ConfigurationError, readAcctpoolSettings } from '@poolkeeper/server';
import type { AcctpoolFlags, AcctpoolSettings, RunningServer, Settings } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { readOrProblems, runDropIn } from './compat-run.ts';
import { explainStart, explainTaken } from './serve-errors.ts';

type CompatSettings = { readonly server: Settings; readonly acctpool: AcctpoolSettings };

/** Settings, or a line for each thing that is wrong with the options. */
export function readOptions(
  { environment, workingDirectory }: CliContext,
  flags: AcctpoolFlags,
): CompatSettings | string[] {
  return readOrProblems(() => readAcctpoolSettings({ flags, environment, workingDirectory }));
}

/** Runs the drop-in until a signal ends it. Errors: `CliError` for what a person can mend. */
export async function runAcctpool(context: CliContext, settings: CompatSettings): Promise<void> {
  const { server, acctpool } = settings;
  await runDropIn(context, {
    settings: server,
    dropIn: { acctpool },
    explain: (error) => explain(error, settings),
    describe: (running) => describe(running, settings),
  });
}

function describe(running: RunningServer, { server, acctpool }: CompatSettings): string {
  const lines = [
    `Accounts are lent at ${running.dialectUrls.acctpool.join(' and ')}`,
    `Poolkeeper's own API listens at ${running.url}; what it needs is in ${server.dataDirectory}`,
  ];
  if (acctpool.cleaner.kind === 'none')
    lines.push('NOBODY CLEANS ACCOUNTS: whoever gets one finds what its last holder left. See --cleaner.');
  return lines.join('\n');
}

function explain(error: unknown, { server, acctpool }: CompatSettings): Error {
  if (error instanceof AcctpoolStartError)
    return new CliError(error.message, { advice: error.advice, exitCode: EXIT.usage, cause: error });
  if (error instanceof ConfigurationError) {
    return new CliError(`The configuration file cannot be used:\n${error.message}`, {
      advice: 'Nothing was started. docs/acctpool.md says what it may hold.',
      exitCode: EXIT.usage,
      cause: error,
    });
  }
  return explainTaken(error, [acctpool.listen]) ?? explainStart(error, server);
}
