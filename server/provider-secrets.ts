import type { Secret } from '@poolkeeper/core';
import type { ProviderContext } from './providers/driver.ts';

/**
 * Opens secrets for the options of providers, each time as they are now.
 *
 * Errors, of what it answers: `Error` that names the secret and says what to do, and nothing of what is in it.
 */
export function createOpenSecret(input: {
  readonly findSecret: (name: string) => Promise<Secret | undefined>;
  readonly open: (name: string, sealed: string) => string;
}): ProviderContext['openSecret'] {
  return async (name) => {
    const secret = await input.findSecret(name);
    if (secret === undefined)
      throw new Error(`There is no secret "${name}". Set it with "poolkeeper secret set ${name}".`);
    try {
      return input.open(name, secret.sealed);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : 'the reason is not known';
      throw new Error(`The secret "${name}" cannot be opened: ${why}`, { cause });
    }
  };
}
