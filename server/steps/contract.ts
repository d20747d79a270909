import type { CredentialPart, JsonObject, StepKind } from '@poolkeeper/core';
import type { OpenCredential } from '../providers/contract.ts';

/**
 * What does the steps of one kind. It makes one attempt and decides nothing about the next one.
 *
 * The rules that every kind keeps:
 * 1. An attempt may be made again after a crash, with the same `idempotencyKey`, while the first is still going on somewhere.
 * 2. All that the work puts out goes to `output`, as it comes; secrets are masked there, not here.
 * 3. It ends soon after its signal aborts, and leaves nothing running behind.
 * 4. Values come as arguments and environment, never as text for a shell.
 */
export type StepExecutor = {
  /** What is wrong with filled-in input, by member; null when it will do. Pure. */
  check(input: JsonObject): string | null;
  run(step: StepCall, tools: StepTools): Promise<StepResult>;
};

/** The kinds that a runner does; `wait` and `approval` are the keeper's own. */
export type RunnerStepKind = Exclude<StepKind, 'wait' | 'approval'>;
export type StepExecutors = Readonly<Partial<Record<RunnerStepKind, StepExecutor>>>;

export type StepCall = {
  readonly uses: RunnerStepKind;
  /** The step's `with`, filled in, secrets opened. */
  readonly input: JsonObject;
  readonly resource: {
    readonly id: string;
    readonly name: string;
    readonly pool: string;
    readonly kind: string;
    readonly epoch: number;
    readonly addresses: readonly string[];
    readonly endpoints: Readonly<Record<string, string>>;
  };
  readonly provider: string;
  readonly externalId: string | null;
  readonly run: string;
  readonly step: string;
  readonly lease: string | null;
  readonly holder: string | null;
  /** The same for every attempt that may be the same work. */
  readonly idempotencyKey: string;
};

export type StepTools = {
  readonly signal: AbortSignal;
  readonly output: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
  /** From now on these are hidden too, in what is put out and in what is answered: secrets that nobody knew before. */
  readonly hide: (values: readonly string[]) => void;
};

export type OpenCredentials = Readonly<Record<CredentialPart, OpenCredential | null>>;

/**
 * The credentials of resources, for the steps of this server that look after them. They are opened for one attempt; whoever has them
 * hides their values in all that it puts out.
 *
 * Errors: `StepRefused` where one cannot be opened, or nobody wants the step any more: then nothing was kept.
 */
export type StepCredentials = {
  open(resource: string): Promise<OpenCredentials>;
  /** How long ago any of them changed, in milliseconds; infinite where there are none. */
  ageMs(resource: string): Promise<number>;
  /** Durable when it resolves. `pending`: made, not in force, or (null) dropped; `current`: in force. `job` is the key of the step's call. */
  keep(
    kept: { readonly job: string; readonly resource: string } & (
      | { readonly part: 'pending'; readonly values: OpenCredential | null }
      | { readonly part: 'current'; readonly values: OpenCredential }
    ),
  ): Promise<void>;
};

/** What an attempt came to. A thrown error counts as failed and worth another try; `StepRefused` as not worth one. */
export type StepResult = {
  readonly isPassed: boolean;
  readonly exitCode: number | null;
  /** What it shows for its outcome; free of secrets, at most a few kilobytes. */
  readonly evidence: JsonObject | null;
  /** For people: what happened, and what to do; null when it passed. */
  readonly error: string | null;
  /** Another attempt would come to the same. */
  readonly isFinal?: true;
};

/** Input that can never do, or something that this server does not allow: a person has to change it. */
export class StepRefused extends Error {
  override readonly name = 'StepRefused';
}
