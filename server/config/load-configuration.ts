import { pointerTo, readConfigurationFiles } from '@poolkeeper/config-file';
import type { ConfigurationText } from '@poolkeeper/config-file';
import { Refusal } from '@poolkeeper/core';
import type { InputFault, JsonObject } from '@poolkeeper/core';
import { configurationSpecOf } from '../schemas/configuration-spec.ts';
import { checkNames } from '../schemas/check-names.ts';
import { checkShape, isConfiguration } from './check-shape.ts';
import type { Configuration } from './configuration.ts';

/** What is wrong with a provider's entry: its driver and the driver's options; pointers relative to the entry. */
export type CheckProvider = (entry: JsonObject) => readonly InputFault[];

/**
 * Reads the configuration of a server: a file, or a folder of files, with variables of the environment. Nothing is changed or
 * started.
 *
 * `path` starts at the working directory; faults repeat it as it was given.
 * Errors: `ConfigurationError` with everything that is wrong.
 */
export async function loadConfiguration(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
  checkProvider: CheckProvider,
): Promise<Configuration> {
  return checkConfiguration(await readConfigurationFiles([path], environment), checkProvider);
}

/** The same of what was read already. */
export function checkConfiguration(text: ConfigurationText, checkProvider: CheckProvider): Configuration {
  const { value, refuse } = text;
  if (value === null) throw refuse([{ pointer: '', message: EMPTY }]);
  const faults = checkShape(value);
  faults.push(...checkProviders(value, faults, checkProvider));
  faults.push(...checkNames(value));
  if (faults.length > 0 || !isConfiguration(value)) throw refuse(faults);
  try {
    return { ...configurationSpecOf(value), refuse };
  } catch (error) {
    throw error instanceof Refusal ? refuse(error.faults, error) : error;
  }
}

const EMPTY =
  'the file is empty; it needs "providers" and "pools", such as those of examples/quickstart/poolkeeper.yaml';

/** The drivers' word about the providers, where the shape has nothing against the same member. */
function checkProviders(
  value: unknown,
  known: readonly InputFault[],
  checkProvider: CheckProvider,
): InputFault[] {
  const entries = (value as { readonly providers?: unknown }).providers;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown, index) => {
    if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return [];
    const at = pointerTo('/providers', index);
    return checkProvider(entry as JsonObject)
      .map(({ pointer, message }) => ({ pointer: `${at}${pointer}`, message }))
      .filter(({ pointer }) => !known.some((fault) => fault.pointer === pointer));
  });
}
