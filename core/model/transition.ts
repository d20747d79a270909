import type { JsonObject } from '../json.ts';

export const TRANSITIONS = ['enter', 'allocate', 'release', 'exit'] as const;
export type Transition = (typeof TRANSITIONS)[number];

/**
 * What a move of a resource does to it. Profiles and parameters change when the move starts, removals before additions, so
 * that what is in both ends up present; then the workflow runs.
 */
export type TransitionSpec = {
  readonly workflow?: string;
  readonly addProfiles?: readonly string[];
  readonly removeProfiles?: readonly string[];
  /** Values may hold `${…}` references. */
  readonly addParams?: JsonObject;
  readonly removeParams?: readonly string[];
};

/** A release also names what cleans and what proves it: workflow, then clean, then verify. */
export type ReleaseSpec = TransitionSpec & { readonly clean?: string; readonly verify?: string };

export type Transitions = {
  readonly enter?: TransitionSpec;
  readonly allocate?: TransitionSpec;
  readonly release?: ReleaseSpec;
  readonly exit?: TransitionSpec;
};
