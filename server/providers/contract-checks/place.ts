import type { JsonObject } from '@poolkeeper/core';
import type { Provider } from '../contract.ts';

/** One place in which a provider works, as the checks see it; fresh for each of them. */
export type CheckPlace = {
  /** Opens a provider on this place; again after the last one was disposed, as a server does that starts anew. */
  open(): Promise<Provider>;
  /** A template that the provider accepts. */
  readonly template: JsonObject | null;
  /** One whose creation takes longer than 20 s; without one, what needs it is left out. */
  readonly slow?: JsonObject;
  /** Templates that it refuses, with the member that is wrong; without any, what needs them is left out. */
  readonly refused: readonly (readonly [template: JsonObject | null, pointer: string])[];
  /** What the ids of resources begin with: `res_` where nothing is said. */
  readonly idPrefix?: string;
  /** How long creations run before they are cut off, in milliseconds: 5 where nothing is said. */
  readonly cutsAfterMs?: readonly number[];
  /** How many things of a resource exist, found out without the provider where that is possible. */
  count(resource: string): Promise<number>;
};

/** A place of a test. */
export type ProviderPlace = CheckPlace & {
  /** Ends whatever is left of the test. */
  cleanUp(): Promise<void>;
};
