import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readConfigurationFiles } from '@poolkeeper/config-file';
import type { AcctpoolConfiguration } from './dialects/acctpool/configuration/configuration.ts';
import { AcctpoolFaults, parseAcctpool } from './dialects/acctpool/configuration/parse-configuration.ts';

export type AcctpoolFile = {
  /** Repeated by faults as it was given; relative to the working directory. */
  readonly path: string;
  /** Absolute; files that it names start there. */
  readonly directory: string;
};

/**
 * Reads the configuration file of an acctpool, with the secrets that it names by file or variable.
 *
 * Errors: `ConfigurationError` with every fault, its member, line and column; none of them tells a secret.
 */
export async function loadAcctpool(
  { path, directory }: AcctpoolFile,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<AcctpoolConfiguration> {
  const text = await readConfigurationFiles([path], environment);
  try {
    return parseAcctpool(text.value, (file) => readSecretFile(resolve(directory, file)));
  } catch (error) {
    if (error instanceof AcctpoolFaults) throw text.refuse(error.faults, error);
    throw error;
  }
}

function readSecretFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? 'there is no such file' : `the system says ${code ?? 'no'}`, {
      cause: error,
    });
  }
}
