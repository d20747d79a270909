import type { JsonObject } from '../json.ts';
import type { Transition, TransitionSpec } from './transition.ts';
import type { FailureAction, StepKind } from './workflow.ts';

/** Why a step is there: the transition's workflow, or a release's cleaning or verification. */
export const RUN_PHASES = ['workflow', 'clean', 'verify'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/**
 * `running`: a step is under way or waits. `held`: stopped for a person after a failed step. The others are over: `passed`,
 * `failed` (the resource went another way after a failed step), `dropped` (nobody wants it any more).
 */
export const RUN_STATUSES = ['running', 'held', 'passed', 'failed', 'dropped'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Where a secret belongs in the input of a step: the text at `pointer` is these parts, secrets opened, put together. */
export type SecretUse = {
  /** RFC 6901, into the step's `with`. */
  readonly pointer: string;
  readonly parts: readonly (string | { readonly secret: string })[];
};

/** `passed`, `failed`; `skipped` by an operator; `unneeded`: its `if` did not fit. */
export type StepOutcomeWord = 'passed' | 'failed' | 'skipped' | 'unneeded';

/** What became of a step in the end. Instants are milliseconds UTC. */
export type StepReport = {
  readonly outcome: StepOutcomeWord;
  readonly attempts: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exitCode: number | null;
  /** SHA-256 of all that the last attempt put out, in hex; null where there is no output. */
  readonly outputDigest: string | null;
  readonly outputBytes: number;
  /** What the step shows for its outcome, such as the answer that it saw. Free of secrets. */
  readonly evidence: JsonObject | null;
  /** For people, free of secrets; null when it passed. */
  readonly error: string | null;
  /** The operator's word in the place of a pass. */
  readonly skipped: { readonly by: string; readonly reason: string } | null;
};

/** A step of a run: its parameters filled in when the run started. */
export type RunStep = {
  readonly name: string;
  readonly phase: RunPhase;
  readonly workflow: string;
  readonly uses: StepKind;
  readonly with: JsonObject;
  readonly secrets: readonly SecretUse[];
  readonly timeoutMs: number;
  readonly retries: number;
  readonly pausesMs?: readonly number[];
  readonly if: string | null;
  readonly onFailure: FailureAction;
  readonly runsOn: Readonly<Record<string, string>>;
  readonly report: StepReport | null;
};

/** The workflows of one transition of one resource, on their way. Over, it lives in the store alone. */
export type Run = {
  readonly id: string;
  readonly resource: string;
  readonly resourceName: string;
  readonly pool: string;
  readonly transition: Transition;
  /** The resource's epoch that it belongs to. */
  readonly epoch: number;
  /** Who the resource is prepared for or comes back from; null where it is nobody. */
  readonly lease: string | null;
  readonly holder: string | null;
  readonly status: RunStatus;
  readonly steps: readonly RunStep[];
  /** What the steps are planned from, again when a person retries; `call` is what the caller adds to the pool's transition. */
  readonly source: {
    readonly call: TransitionSpec | null;
    readonly leaseLabels: Readonly<Record<string, string>>;
    readonly leaseNote: string;
    readonly isLeaving: boolean;
  };
  /** Which versions of which workflows the steps are of. */
  readonly workflows: Readonly<Record<string, number>>;
  /** Index of the step that it is at; the number of steps when it is through. */
  readonly at: number;
  /** When the step that it is at was begun; null before. */
  readonly stepStartedAt: number | null;
  /** When a `wait` is over, or the time for an approval; null where no clock counts. */
  readonly dueAt: number | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly version: number;
};
