import type { JsonObject } from '../json.ts';

/** What a step can be. `wait` and `approval` are the keeper's own; everything else is outside work that a runner does. */
export const STEP_KINDS = ['exec', 'ssh', 'http', 'container', 'provider', 'wait', 'approval'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/**
 * What happens when a step has failed and has no retries left. `hold`: it stops for a person. `retry`: it is tried again
 * without end, with growing pauses. `quarantine`, `retire`: the resource goes.
 */
export const FAILURE_ACTIONS = ['hold', 'retry', 'quarantine', 'retire'] as const;
export type FailureAction = (typeof FAILURE_ACTIONS)[number];

/** One idempotent unit of work on a resource. */
export type Step = {
  readonly name: string;
  readonly uses: StepKind;
  /** What the kind needs; texts may hold `${…}` references, see `core/workflow/interpolate.ts`. */
  readonly with: JsonObject;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Further attempts after the first one failed. */
  readonly retries: number;
  /** Pauses between attempts, in milliseconds; the last one is that of all further ones. Left out: short ones that grow. */
  readonly pausesMs?: readonly number[];
  /** CEL over the resource, as in filters: the step runs only when it fits. */
  readonly if: string | null;
  readonly onFailure: FailureAction;
  /** Labels that the runner has to have; without any, the server itself runs the step. */
  readonly runsOn: Readonly<Record<string, string>>;
};

export type WorkflowSpec = { readonly name: string; readonly steps: readonly Step[] };

/** A named sequence of steps. A run keeps the steps of the version that it started with. */
export type Workflow = WorkflowSpec & { readonly version: number; readonly createdAt: number };

/** Named parameters that resources can be given together. */
export type ProfileSpec = { readonly name: string; readonly params: JsonObject };
export type Profile = ProfileSpec & { readonly version: number; readonly createdAt: number };
