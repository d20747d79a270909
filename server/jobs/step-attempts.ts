import { invariant } from '@poolkeeper/core';
import type { JobOutcome, JobTicket, StepOutcome, StepTicket } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import { StepRefused } from '../steps/contract.ts';
import type { RunnerStepKind, StepCall, StepExecutor, StepResult, StepTools } from '../steps/contract.ts';
import type { Clock, Timers } from '../timers.ts';
import { maskError, maskEvidence } from './mask-result.ts';
import { needlesOf } from './secret-mask.ts';
import type { OpenedInput, StepParts } from './step-contract.ts';
import { StepOutput } from './step-output.ts';
import { callWithLimit } from './time-limit.ts';

export type StepAttemptsInput = StepParts & {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
};

/** What an attempt came to, and whether another one is worth it. */
type Judged = { readonly result: StepResult; readonly mayRetry: boolean };

/**
 * Makes attempts at steps: opens the input, runs the executor within the time limit, and gathers what it puts out.
 *
 * Nothing leaves here with a secret in it. An attempt that is told to stop comes to nothing: it is not reported, and the
 * job is handed out again.
 */
export class StepAttempts {
  readonly #input: StepAttemptsInput;

  constructor(input: StepAttemptsInput) {
    this.#input = input;
  }

  /** Never rejects; undefined when `stop` ended it. */
  async run(ticket: JobTicket, stop: AbortSignal): Promise<JobOutcome | undefined> {
    const { step, job } = ticket;
    invariant(step !== null, `job ${job.id} of kind step has no step`);
    const { clock, logger, logs } = this.#input;
    const startedAt = clock.now();
    const log = logs.open({ run: step.run, index: step.index, name: step.name, attempt: job.attempts + 1 });
    const opened = await this.#open(step);
    const values = opened instanceof Error ? [] : [...opened.secretValues];
    let needles = needlesOf(values);
    const output = new StepOutput(log, needles);
    const hide = (more: readonly string[]): void => {
      values.push(...more);
      needles = needlesOf(values);
      output.hide(needles);
    };
    const { result, mayRetry } =
      opened instanceof Error ? failed(opened) : await this.#try(ticket, opened, { output, hide, stop });
    const sum = output.end();
    if (stop.aborted) {
      await log.close();
      return undefined;
    }
    const error = result.isPassed ? null : maskError(needles, result.error ?? 'The step did not pass.');
    const evidence = maskEvidence(needles, result.evidence);
    if (evidence === null && result.evidence !== null) {
      log.write('note', Buffer.from('The evidence is left out: it is too large.\n'));
    }
    if (error !== null) {
      log.write('note', Buffer.from(`${error}\n`));
      const { provider, resource } = job;
      logger.warn(
        { job: job.id, provider, resource, run: step.run, step: step.name, error },
        'a step failed',
      );
    }
    await log.close();
    const outcome: StepOutcome = {
      isPassed: result.isPassed,
      mayRetry,
      startedAt,
      endedAt: clock.now(),
      exitCode: result.exitCode,
      ...sum,
      evidence,
      error,
    };
    return { result: 'stepped', step: outcome };
  }

  async #open(step: StepTicket): Promise<OpenedInput | Error> {
    try {
      return await this.#input.openInput(step);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #try(
    ticket: JobTicket,
    { input }: OpenedInput,
    { output, hide, stop }: { output: StepOutput; hide: StepTools['hide']; stop: AbortSignal },
  ): Promise<Judged> {
    const step = ticket.step as StepTicket;
    try {
      const executor = this.#require(step);
      const fault = executor.check(input);
      if (fault !== null) throw new StepRefused(`${fault}. Correct the workflow.`);
      const what = `step ${step.name}`;
      const limits = { timers: this.#input.timers, what, limitMs: step.timeoutMs, stop };
      const result = await callWithLimit(limits, (signal) =>
        executor.run(callOf(ticket, input), {
          signal,
          output: (stream, chunk) => output.take(stream, chunk),
          hide,
        }),
      );
      return { result, mayRetry: !result.isPassed && result.isFinal !== true };
    } catch (error) {
      return failed(error);
    }
  }

  #require({ uses, name }: StepTicket): StepExecutor {
    const executor = this.#input.executors[uses as RunnerStepKind];
    if (executor !== undefined) return executor;
    throw new StepRefused(
      `Nothing here runs steps of kind ${uses}, such as ${name}. Have a runner do it with runsOn, or use another kind.`,
    );
  }
}

/** A refusal is not worth another try; everything unknown is. */
function failed(error: unknown): Judged {
  const text = error instanceof Error && error.message !== '' ? error.message : String(error);
  return {
    result: { isPassed: false, exitCode: null, evidence: null, error: text },
    mayRetry: !(error instanceof StepRefused),
  };
}

function callOf({ job, resource, externalId, step }: JobTicket, input: OpenedInput['input']): StepCall {
  const { uses, run, name, lease, holder } = step as StepTicket;
  return {
    uses: uses as RunnerStepKind,
    input,
    resource,
    provider: job.provider,
    externalId,
    run,
    step: name,
    lease,
    holder,
    idempotencyKey: job.id,
  };
}
