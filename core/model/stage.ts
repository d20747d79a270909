/**
 * Where a member stands in a pool whose members are handed over by stage: clients say in free text what a member is fit for next, and
 * ask for one that stands there. What is free stands at `free`, whatever is written here. Instants are milliseconds UTC.
 */
export type Stage = {
  readonly name: string;
  /** When it came there, or when its holder last said that it still has it. */
  readonly at: number;
  /** What clients keep with it, for whoever has it next. */
  readonly data: Readonly<Record<string, string>>;
  /** When a member that comes and goes by itself has lived long enough; null: never. */
  readonly expiresAt: number | null;
  /** Where its holder took it from; left out while nobody has it who took it by stage. */
  readonly from?: string;
};

/** The stage of members that may be lent, also natively. */
export const FREE_STAGE = 'free';
/** Where a member stands that came back, and that somebody has to clean. */
export const DIRTY_STAGE = 'dirty';
/** What a member stands at while this server cleans it. */
export const CLEANING_STAGE = 'cleaning';
/** Where an unwanted member that comes and goes by itself stands: first until it was taken apart, then until it is forgotten. */
export const UNWANTED_STAGE = 'toBeDeleted';
export const TOMBSTONE_STAGE = 'tombstone';

/** Members that come and go by themselves. Durations are milliseconds. */
export type DynamicSpec = {
  readonly min: number;
  readonly max: number;
  /** How long one lives after it was given back; null: for ever. */
  readonly lifespanMs: number | null;
  /** How many members of other types one is put together from; for those that put them together. */
  readonly needs: Readonly<Record<string, number>>;
  /** What they are told about how; the words are theirs. */
  readonly content: { readonly type: string; readonly content: string } | null;
};

/** How the members of a pool are handed over by stage. Durations are milliseconds. */
export type StageSpec = {
  /** What clients call the pool. */
  readonly type: string;
  /** Where a new member stands first. */
  readonly initial: string;
  /** Left out: members are registered. */
  readonly dynamic?: DynamicSpec;
  /** How long a holder may be silent; left out: somebody else watches. */
  readonly silenceMs?: number;
  /** Does a request id that is said again after its success answer the same member? Left out: no. */
  readonly isRepeatable?: true;
};

/** A request that waits its turn under an id of its client's, for members of one pool at one stage. Instants are milliseconds UTC. */
export type Waiter = {
  /** Of pool, stage and request; see `core/stage/waiter-id.ts`. */
  readonly id: string;
  readonly pool: string;
  readonly stage: string;
  readonly request: string;
  /** The order of arrival in the world; unique. */
  readonly seq: number;
  readonly createdAt: number;
  /** It has to be asked again before this, else those behind it are served as if it were not there. */
  readonly askBy: number;
  /** When it loses its place for good. */
  readonly expiresAt: number;
};
