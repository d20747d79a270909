import type { Json, JsonObject, RoundsSpec, VictimPolicy } from '@poolkeeper/core';
import type { FastifyRequest } from 'fastify';
import type { Keeper } from '../../keeper/contract.ts';
import type { Logger } from '../../logger.ts';
import type { Timers } from '../../timers.ts';
import type { CloudDriver, DriverInput } from './cloud-driver.ts';

/** What a configuration means; `echo` is what clients that ask for it are shown. */
export type ParsedConfiguration = {
  readonly echo: JsonObject;
  readonly name: string;
  readonly cloudApiSettings: JsonObject;
  readonly provisioningTemplate: JsonObject;
  readonly victims: VictimPolicy;
  readonly rounds: RoundsSpec;
};

/** Errors: a `ConfigurationFault`, or any error named so, whose message says all that is wrong as `path: reason`. */
export type ParseConfiguration = (body: Json) => ParsedConfiguration;

/** A provider as a configuration has it: its options stand beside its name and driver. */
export type ProviderTrial = JsonObject & { readonly name: string; readonly driver: string };

/**
 * Opens a provider, has it check the template, asks it once for what it has, and closes it.
 *
 * Errors: `Refusal` of `invalid_input` with what is wrong about the options, or at `/template`; any other is the cloud's. Messages are
 * for the client, and free of secrets.
 */
export type TryOut = (
  entry: ProviderTrial,
  template: JsonObject,
) => Promise<{ readonly makes: boolean; readonly attaches?: true }>;

/** Closes and opens the configurations that are stored. Errors of `open`: any, free of secrets. */
export type ConfigurationSeal = {
  seal(name: string, value: string): string;
  open(name: string, sealed: string): string;
};

/** What cloud pools are made with. */
export type CloudPoolsParts = {
  readonly keeper: Keeper;
  readonly timers: Timers;
  /** What the pools of this server are made in. */
  readonly driver: CloudDriver;
  /** What the pool of a configuration is made in, where that is for the configuration to say. */
  readonly chooseDriver?: (configuration: DriverInput) => CloudDriver;
  readonly parseConfiguration: ParseConfiguration;
  readonly tryOut: TryOut;
  readonly seal: ConfigurationSeal;
  readonly logger: Logger;
};

/** Who asks, as far as the dialect has to know. */
export type Caller = {
  /** May it change things, and read configurations with what is secret in them? */
  readonly mayWrite: boolean;
  /** Is the pool, by its native name, one of those that it may see? What it may not see does not exist for it. */
  mayUse(pool: string): boolean;
};

/**
 * Finds out who asks.
 *
 * Errors: an `HttpRefusal` of 401, with the challenge in its headers, or 403.
 */
export type Authenticate = (request: FastifyRequest) => Caller | Promise<Caller>;

/** Who may do everything: where nobody is asked who he is. */
export const ANYBODY: Caller = { mayWrite: true, mayUse: () => true };

export type DialectSettings = {
  /** Do machines carry the members of version 1 (`state`, `liveness`, `launchtime`) beside their own? */
  readonly legacyFields: boolean;
  /** Is `POST /pool`, the resize of version 1, served? */
  readonly legacyResize: boolean;
  /** How long the resize of version 1 waits until it has taken effect, in milliseconds. */
  readonly resizeWaitMs: number;
  /** Origins whose pages may use the API in a browser. */
  readonly corsOrigins: readonly string[];
  /** What stands before the paths in the addresses of instances; null: as the request says it. */
  readonly externalUrl: string | null;
};

export const DIALECT_DEFAULTS: DialectSettings = {
  legacyFields: false,
  legacyResize: true,
  resizeWaitMs: 120_000,
  corsOrigins: [],
  externalUrl: null,
};

/** What one mount serves. */
export type Served =
  /** The present API: of one pool at the root, of all pools under `/cloudpools`, or both. */
  | { readonly api: 'current'; readonly pool: string | null; readonly hasInstances: boolean }
  /** Version 1, and nothing else, of one pool. */
  | { readonly api: 'versionOne'; readonly pool: string };
