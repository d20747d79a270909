import type { JobTicket, JsonObject, StepOutcome, StepTicket } from '@poolkeeper/core';
import { StepAttempts } from './jobs/step-attempts.ts';
import type { StepLog } from './jobs/step-contract.ts';
import { silentLogger } from './logger.ts';
import { createStepExecutors } from './step-executors.ts';
import type { ExecPolicy } from './steps/exec/exec-policy.ts';
import { systemClock, systemRandom, systemTimers } from './system-clock.ts';

/** A step as a runner on another machine gets it: its input with the secrets in place. */
export type HandedStep = {
  readonly job: string;
  readonly provider: string;
  readonly externalId: string | null;
  readonly resource: JobTicket['resource'];
  readonly step: Omit<StepTicket, 'secrets' | 'uses' | 'with'> & {
    readonly uses: string;
    readonly with: JsonObject;
    /** Counts from 1. */
    readonly attempt: number;
  };
  /** What is masked in everything that leaves the runner. */
  readonly secrets: readonly string[];
};

export type StepRunnerInput = {
  readonly execPolicy: ExecPolicy;
  /** Absolute; relative programs of exec steps start there. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whose processes those of its steps are. */
  readonly owner: string;
};

/** Does steps on this machine: the same as a server does, without its world. */
export type StepRunner = {
  /** One attempt. Never rejects; undefined when the signal ended it and nothing became of it. */
  run(handed: HandedStep, log: StepLog, signal: AbortSignal): Promise<StepOutcome | undefined>;
};

export function createStepRunner(input: StepRunnerInput): StepRunner {
  const { execPolicy: policy, directory, environment, owner } = input;
  const timing = { timers: systemTimers, clock: systemClock, random: systemRandom };
  // Actions of a provider are not among it: they belong to the account, which the server keeps.
  const executors = createStepExecutors({ policy, directory, environment, owner, ...timing });
  return {
    run: async (handed, log, signal) => {
      const attempts = new StepAttempts({
        executors,
        openInput: () => ({ input: handed.step.with, secretValues: handed.secrets }),
        logs: { open: () => log },
        clock: systemClock,
        timers: systemTimers,
        logger: silentLogger,
      });
      const outcome = await attempts.run(ticketOf(handed), signal);
      return outcome?.result === 'stepped' ? outcome.step : undefined;
    },
  };
}

function ticketOf({ job, provider, externalId, resource, step }: HandedStep): JobTicket {
  const { attempt, uses, ...rest } = step;
  return {
    job: {
      id: job,
      kind: 'step',
      provider,
      pool: resource.pool,
      resource: resource.id,
      epoch: resource.epoch,
      attempts: attempt - 1,
      notBefore: 0,
      createdAt: 0,
      lastError: null,
      step: { run: step.run, index: step.index },
      runsOn: {},
      claim: null,
      fence: 0,
    },
    resource,
    externalId,
    template: null,
    step: { ...rest, uses: uses as StepTicket['uses'], secrets: [] },
  };
}
