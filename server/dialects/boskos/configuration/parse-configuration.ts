import { checkEntries } from './check-entries.ts';
import { BoskosConfigurationFault } from './configuration.ts';
import type { ResourceEntry } from './configuration.ts';
import { readEntries } from './read-entries.ts';

/**
 * Reads a configuration of the original and looks whether it can be used.
 *
 * Errors: `BoskosConfigurationFault` with everything that is wrong.
 */
export function parseBoskosConfiguration(text: string): ResourceEntry[] {
  const entries = readEntries(text);
  const faults = checkEntries(entries);
  if (faults.length > 0) throw new BoskosConfigurationFault(faults);
  return entries;
}
