import { BoskosConfigurationFault, BoskosStartError } from '@poolkeeper/server';
import type { BoskosSettings, Settings } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { explainStart, explainTaken } from './serve-errors.ts';

type Told = {
  readonly configFile: string | null;
  /** Of a server that was to start. */
  readonly server?: Settings;
  readonly boskos?: BoskosSettings;
};

/** Why the drop-in does not start, or its configuration cannot be used, and what to do about it. What nobody foresaw stays as it is. */
export function explainBoskosStart(error: unknown, { configFile, server, boskos }: Told): Error {
  if (error instanceof BoskosConfigurationFault) {
    const count = error.lines.length === 1 ? 'this is' : 'these are';
    return refusal(
      `The configuration ${configFile ?? ''} cannot be used; ${count} wrong:\n${error.message}`,
      'Nothing was changed. Correct the file and try again; --check-config only looks at it.',
      EXIT.usage,
      error,
    );
  }
  if (error instanceof BoskosStartError) return refusal(error.message, error.advice, EXIT.usage, error);
  return (
    explainFile(error, [configFile, boskos?.login?.passwordFile ?? null]) ??
    explainTaken(error, boskos === undefined ? [] : listensOf(boskos)) ??
    explainStart(error, server)
  );
}

function explainFile(error: unknown, files: readonly (string | null)[]): CliError | undefined {
  const { path, code } = error as NodeJS.ErrnoException;
  const isOurs = path !== undefined && files.includes(path);
  if (!isOurs) return undefined;
  const why = code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
  return refusal(
    `The file ${path} cannot be read: ${why}.`,
    'Name another one with --config or --password-file; --config "" is for a server that has its pools already.',
    EXIT.usage,
    error,
  );
}

function listensOf({ listen, metrics, health }: BoskosSettings): Settings['listen'][] {
  return [listen, metrics, health].filter((one) => one !== null);
}

function refusal(message: string, advice: string, exitCode: number, cause: unknown): CliError {
  return new CliError(message, { advice, exitCode, cause });
}
