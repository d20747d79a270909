import type { JobTicket, JsonObject, StepTicket } from '@poolkeeper/core';
import type { StepExecutors } from '../steps/contract.ts';

/** The input of a step with its secrets in place, and every secret value in it: those are hidden in all that is put out. */
export type OpenedInput = { readonly input: JsonObject; readonly secretValues: readonly string[] };

/**
 * Puts the secrets of a step in their place.
 *
 * Errors: `StepRefused` where one is missing or cannot be opened: a person has to look.
 */
export type OpenInput = (step: StepTicket) => OpenedInput | Promise<OpenedInput>;

/** Which attempt at which step of which run something was put out by. Attempts count from 1. */
export type LoggedAttempt = {
  readonly run: string;
  readonly index: number;
  readonly name: string;
  readonly attempt: number;
};

/** Where the output of steps goes, free of secrets; bounded there. */
export type StepLogs = {
  open(attempt: LoggedAttempt): StepLog;
};
export type StepLog = {
  /** `note`: what the runner has to say. */
  write(stream: 'stdout' | 'stderr' | 'note', chunk: Uint8Array): void;
  /** Nothing comes any more. Resolves when it is written down, or it is known that it cannot be. Never rejects. */
  close(): Promise<void>;
};

/** Jobs that only a runner on another machine does: it hands them to one whose labels fit. */
export type RemoteJobs = {
  accept(ticket: JobTicket): void;
  drop(jobId: string): void;
};

/** What step jobs are run with. */
export type StepParts = {
  readonly executors: StepExecutors;
  readonly openInput: OpenInput;
  readonly logs: StepLogs;
  /** Without it jobs for certain runners wait. */
  readonly remote?: RemoteJobs;
};
