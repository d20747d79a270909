import type { LiveLease, World } from '@poolkeeper/core';
import type { Keeper } from '../../keeper/contract.ts';
import type { Logger } from '../../logger.ts';
import type { ConfiguredType } from './configuration/configuration.ts';
import type { AcctpoolKeys } from './keys.ts';
import type { TokenBook } from './token-book.ts';

/** How long a reservation that has expired is shown, in milliseconds. */
export const EXPIRED_SHOWN_MS = 24 * 3_600_000;

/** Pools of this dialect are named after their type. */
export const POOL_PREFIX = 'acctpool-';
export const poolOf = (type: string): string => `${POOL_PREFIX}${type}`;

/** What the service works with. */
export type AcctpoolParts = {
  readonly keeper: Pick<Keeper, 'ask' | 'read' | 'findEndedLease' | 'now'>;
  readonly tokens: TokenBook;
  readonly types: readonly ConfiguredType[];
  readonly keys: AcctpoolKeys;
  /** Opens what the holder of a lease is shown at an instant: of each account that is his; null where that is over. */
  readonly openCredentials: (
    world: World,
    lease: LiveLease,
    now: number,
  ) => readonly { readonly values: Readonly<Record<string, string>> }[] | null;
  /** How long a reservation that has expired is shown, in milliseconds. */
  readonly expiredShownMs: number;
  readonly logger: Logger;
};
