import { loadConfiguration } from './config/load-configuration.ts';
import { checkProvider } from './providers/open-provider.ts';

/** How much a configuration file names. */
export type ConfigurationSummary = { readonly providers: number; readonly pools: number };

/**
 * Reads a configuration file as a server would at its start, and starts nothing.
 *
 * Errors: `ConfigurationError` with everything that is wrong, and where.
 */
export async function checkConfiguration(file: string): Promise<ConfigurationSummary> {
  const { providers, pools } = await loadConfiguration(file, process.env, checkProvider);
  return { providers: providers.length, pools: pools.length };
}
