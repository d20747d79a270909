import { ApiError } from '@poolkeeper/client';
import type { Configuration } from '@poolkeeper/client';
import { ConfigurationError, readConfigurationFiles } from '@poolkeeper/config-file';
import type { ConfigurationText } from '@poolkeeper/config-file';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** A configuration as files say it. What it means is the server's to say. */
export type ReadConfiguration = { readonly config: Configuration; readonly text: ConfigurationText };

/** Reads files and folders as one configuration. Errors: `CliError` with everything that cannot be read, and where. */
export async function readConfiguration(
  context: Pick<CliContext, 'environment'>,
  files: readonly string[],
): Promise<ReadConfiguration> {
  try {
    const text = await readConfigurationFiles(files, context.environment);
    const { value } = text;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw text.refuse([{ pointer: '', message: 'a configuration is a map of providers and pools' }]);
    }
    return { config: value as unknown as Configuration, text };
  } catch (error) {
    throw error instanceof ConfigurationError ? wrongFiles(error) : error;
  }
}

/** Has a server's refusal of members point into the files that they stand in. */
export async function withinFiles<T>({ text }: ReadConfiguration, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const faults = error.errors.flatMap(({ pointer, message }) =>
      pointer === '/config' || pointer.startsWith('/config/')
        ? [{ pointer: pointer.slice('/config'.length), message }]
        : [],
    );
    throw faults.length === 0 ? error : wrongFiles(text.refuse(faults, error));
  }
}

function wrongFiles(error: ConfigurationError): CliError {
  const count = error.lines.length === 1 ? 'this is' : 'these are';
  return new CliError(`The configuration cannot be used; ${count} wrong:\n${error.message}`, {
    advice: 'Nothing was changed. Correct the file and try again.',
    exitCode: EXIT.usage,
    cause: error,
  });
}
