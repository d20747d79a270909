import type { JsonObject } from '@poolkeeper/core';

/** The parts of a configuration that are a driver's own, and the name that marks the machines of the pool. */
export type DriverInput = {
  readonly name: string;
  readonly cloudApiSettings: JsonObject;
  readonly provisioningTemplate: JsonObject;
};

/** What a machine shows whose provider tells no details. */
export type Place = { readonly cloudProvider: string; readonly region: string; readonly machineSize: string };

/** What one kind of cloud makes of a configuration: a provider and the template of a pool. */
export type CloudDriver = {
  /** The provider's driver. */
  readonly driver: string;
  /** What is wrong, each as `path: reason`, with paths from the root of the configuration. */
  check(configuration: DriverInput): readonly string[];
  /**
   * Options of the provider. `settings` stands for `cloudApiSettings`: the settings themselves for a trial, and a reference to the
   * secret that holds them for what is stored.
   */
  providerOptions(configuration: DriverInput, settings: JsonObject): JsonObject;
  template(configuration: DriverInput): JsonObject;
  readonly place: Place;
};
