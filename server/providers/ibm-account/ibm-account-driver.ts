import type { DriverDefinition } from '../driver.ts';
import { readSettings } from './settings.ts';

/**
 * Accounts of IBM Cloud: verified, cleaned, proven empty, and their keys rotated. It makes none: accounts are registered, with their
 * credentials.
 *
 * Options: see docs/ibm-account.md. Accounts bring their own number, regions and keep lists along, as params.
 */
export const ibmAccountDriver: DriverDefinition = {
  driver: 'ibm-account',
  keepsAccounts: () => true,
  checkOptions: (options) => {
    const checked = readSettings(options);
    return 'faults' in checked ? checked.faults : [];
  },
  /** Errors: `Error` with what is wrong about options that stood in a secret. */
  open: async ({ name, options, context }) => {
    const checked = readSettings(options);
    if ('faults' in checked) {
      const list = checked.faults.map(({ pointer, message }) => `${pointer}: ${message}`);
      throw new Error(`Provider ${JSON.stringify(name)} cannot be opened. ${list.join(' ')}`);
    }
    // Loaded by those alone who have such accounts: the descriptions of services are many.
    const { openIbmAccounts } = await import('./ibm-account-provider.ts');
    return openIbmAccounts({ name, context }, checked.settings);
  },
};
