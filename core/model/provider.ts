import type { JsonObject } from '../json.ts';

/** What an admin says about a provider: its name, its driver, and the driver's options. */
export type ProviderSpec = {
  readonly name: string;
  readonly driver: string;
  /** Can it create and destroy? Else its resources are registered by hand. The driver says so. */
  readonly makes: boolean;
  /** Can it take in things that it did not make, let them go, and keep marks on them? Left out: no. */
  readonly attaches?: true;
  readonly options: JsonObject;
};

/** A configured provider, as the world remembers it. Instants are milliseconds UTC. */
export type ProviderEntry = ProviderSpec & {
  /** `removing`: no pool may name it any more, and it goes with the last pool that still does. */
  readonly status: 'open' | 'removing';
  readonly version: number;
  readonly createdAt: number;
};
