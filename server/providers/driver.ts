import type { InputFault, JsonObject } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import type { Clock, Random, Timers } from '../timers.ts';
import type { Provider } from './contract.ts';

/** What every provider is given, whatever its driver. */
export type ProviderContext = {
  /** Absolute path of the server's data directory. A provider that keeps files has a folder of its own in it. */
  readonly dataDirectory: string;
  /** Absolute path of the folder that holds the configuration file; relative paths in options start there. */
  readonly configDirectory: string;
  /** The server's own environment. A provider passes on what it names, never all of it: it holds secrets. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  /** What a secret is now. Errors: `Error` for people, without anything of what is in it. */
  readonly openSecret: (name: string) => Promise<string>;
  /**
   * The name of this world for a provider, such as `ec2/west`, where several servers share the world; 32 hex digits. Left out: each data
   * directory has its own. See `instanceOf`.
   */
  readonly sharedInstance?: (name: string) => Promise<string>;
};

export type OpenInput = {
  readonly name: string;
  readonly options: JsonObject;
  readonly context: ProviderContext;
};

/** A kind of provider, as an entry of the configuration names it. */
export type DriverDefinition = {
  readonly driver: string;
  /** As `Provider.stopsWithServer`, known before anything is opened. */
  stopsWithServer?(options: JsonObject): boolean;
  /** Has it `Provider.accounts`? Known before anything is opened; left out: no. */
  keepsAccounts?(options: JsonObject): boolean;
  /** What is wrong with the options, by member: pointer relative to the configuration entry. */
  checkOptions(options: JsonObject): readonly InputFault[];
  /**
   * Opens a provider whose options were checked. It takes up again what an earlier one with the same name and data
   * directory made.
   */
  open(input: OpenInput): Promise<Provider>;
};

/** A fault for each option that is not among the allowed ones. */
export function unknownOptions(options: JsonObject, allowed: readonly string[]): InputFault[] {
  return Object.keys(options)
    .filter((name) => !allowed.includes(name))
    .map((name) => ({
      pointer: `/${escapePointer(name)}`,
      message:
        allowed.length === 0
          ? `"${name}" is not known: this driver has no options.`
          : `"${name}" is not known. Allowed: ${allowed.join(', ')}.`,
    }));
}

/** A name as a part of an RFC 6901 pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
