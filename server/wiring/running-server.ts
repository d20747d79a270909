import type { DialectUrls } from '../dialect-server.ts';

/** A server that listens. Disposing stops it gracefully. */
export type RunningServer = AsyncDisposable & {
  readonly url: string;
  readonly dialectUrls: DialectUrls;
  /** Where the first admin token is; null where the environment gave it, or it was revoked. */
  readonly tokenFile: string | null;
  /** It had neither providers nor pools when it started. */
  readonly isEmpty: boolean;
  /** How it stood among several servers of one world when it started; null for one that is alone. */
  readonly replica: ReplicaStart | null;
  /**
   * Reads the configuration file again and applies it in one decision, or not at all, and then that of a drop-in; without a file it does
   * nothing. A replica that does not keep the world applies it when it takes over: `forLater`.
   *
   * Errors: `ConfigurationError`, `BoskosConfigurationFault`; everything stays as it was then.
   */
  reload(): Promise<'applied' | 'forLater'>;
};

export type ReplicaStart = {
  readonly name: string;
  /** The name of who keeps the world; null while nobody does. */
  readonly keeper: string | null;
  readonly isKeeper: boolean;
  /** Does nobody decide, until a person says how to go on? */
  readonly isHalted: boolean;
};
