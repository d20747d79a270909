import {
  CertificateFault,
  ConfigurationError,
  KeyFileError,
  SettingsError,
  SigningKeysError,
  StoreFailure,
} from '@poolkeeper/server';
import type { Settings } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** Why a server does not start, and what to do about it. What nobody foresaw stays as it is. */
export function explainStart(error: unknown, settings: Settings | undefined): Error {
  if (error instanceof CliError) return error;
  if (error instanceof ConfigurationError) {
    const count = error.lines.length === 1 ? 'this is' : 'these are';
    return refusal(
      `The configuration file cannot be used; ${count} wrong:\n${error.message}`,
      CHECK_FILE,
      EXIT.usage,
      error,
    );
  }
  if (error instanceof SettingsError) {
    return refusal(
      `The server cannot run with these settings:\n${error.message}`,
      'See "poolkeeper serve --help".',
      EXIT.usage,
      error,
    );
  }
  if (error instanceof CertificateFault)
    return refusal(`HTTPS cannot be served: ${error.message}.`, 'Nothing was started.', EXIT.usage, error);
  if (error instanceof KeyFileError)
    return refusal(error.message, 'The server did not start, and no secret was changed.', EXIT.usage, error);
  if (error instanceof SigningKeysError)
    return refusal(error.message, 'Nothing was changed.', EXIT.unavailable, error);
  if (error instanceof StoreFailure)
    return refusal(error.message, 'Nothing was changed.', EXIT.unavailable, error);
  return explainSystem(error, settings) ?? (error instanceof Error ? error : new Error(String(error)));
}

/** Says which of the listeners of a drop-in somebody else has; undefined for anything else. */
export function explainTaken(error: unknown, listens: readonly Settings['listen'][]): CliError | undefined {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  const taken = listens.find((listen) => listen.port === port);
  if (code !== 'EADDRINUSE' || taken === undefined) return undefined;
  return refusal(
    `Another program listens at ${taken.host}:${taken.port} already.`,
    'Choose another port, or stop that program.',
    EXIT.conflict,
    error,
  );
}

const CHECK_FILE = 'docs/schema/poolkeeper.schema.json lets an editor check the file while you type.';

function explainSystem(error: unknown, settings: Settings | undefined): CliError | undefined {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const { place, flag } = placeOf(error, settings);
  switch (code) {
    case 'EADDRINUSE':
      return refusal(
        `Another program listens at ${place} already.`,
        `Choose another address with ${flag}, such as ${flag} 127.0.0.1:0 for any free port, or stop that program.`,
        EXIT.conflict,
        error,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return refusal(
        `This machine has no address ${place}.`,
        `Choose another one with ${flag}.`,
        EXIT.usage,
        error,
      );
    case 'EACCES':
      if (syscall !== 'listen') break;
      return refusal(
        `This user may not listen at ${place}.`,
        `Choose a port from 1024 on with ${flag}.`,
        EXIT.usage,
        error,
      );
    default:
  }
  if (typeof path !== 'string' || !(error instanceof Error)) return undefined;
  return refusal(
    `${path} cannot be used: ${error.message}.`,
    'Check that it is there, and its rights.',
    EXIT.usage,
    error,
  );
}

/** Which of its addresses a server could not listen at, and the option that names it. */
function placeOf(error: unknown, settings: Settings | undefined): { place: string; flag: string } {
  if (settings === undefined) return { place: 'the address', flag: '--listen' };
  const { port } = error as { port?: number };
  const { listen, cluster } = settings;
  const isOfCluster = cluster !== null && port === cluster.listen.port && port !== listen.port;
  const at = isOfCluster ? cluster.listen : listen;
  return { place: `${at.host}:${at.port}`, flag: isOfCluster ? '--cluster-listen' : '--listen' };
}

function refusal(message: string, advice: string, exitCode: number, cause: unknown): CliError {
  return new CliError(message, { advice, exitCode, cause });
}
