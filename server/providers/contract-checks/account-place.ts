import type { JsonObject } from '@poolkeeper/core';
import type { AccountRequest, Leftover, OpenCredential, Provider } from '../contract.ts';

/** What opens an account, as a person registers it: nothing is under way yet. */
export type AccountCredentials = Pick<AccountRequest['credentials'], 'current' | 'management'>;

/** One account that a provider looks after, as the checks see it; fresh for each of them. What it cannot tell or do is left out. */
export type AccountPlace = {
  /** Opens a provider on this place; again after the last one was disposed, as a server does that starts anew. */
  open(): Promise<Provider>;
  readonly params: JsonObject;
  /** Good at the start. */
  readonly credentials: AccountCredentials;
  /** Why it cannot rotate; left out where it can. */
  readonly rotatesNot?: string;
  /** Has a holder leave something, every kind that there is; answers what `leftovers` has to name of it. */
  plant?(): Promise<readonly Leftover[]>;
  /** Whether whoever knows about the account can be reached. */
  setAway?(isAway: boolean): Promise<void>;
  /** How many keys holders have in the account, and whether this one is among them, found out without the provider. */
  countKeys?(): Promise<number>;
  works?(credential: OpenCredential): Promise<boolean>;
  /** Remembers durably what the account is opened with from now on. */
  onKept?(credentials: AccountCredentials): Promise<void>;
  /** How long rotations run before they are cut off, in milliseconds: 5 where nothing is said. */
  readonly cutsAfterMs?: readonly number[];
};
