import type { Poolkeeper, RunnerJob } from '@poolkeeper/client';
import { parseDuration } from '@poolkeeper/core/words';
import type { HandedStep, StepRunner } from '@poolkeeper/server';
import { isClaimLost, keepTrying } from './keep-trying.ts';
import type { Trying } from './keep-trying.ts';
import { OutputSender } from './output-sender.ts';

/** What became of a job here. `lost`: it is another runner's, or over. `handedBack`: this runner stops. */
export type JobEnd = 'passed' | 'failed' | 'lost' | 'handedBack';

export type JobParts = {
  readonly trying: Trying;
  readonly runners: Poolkeeper['runners'];
  readonly stepRunner: StepRunner;
};

/** Milliseconds; what the server asks for is used, and this where it asks for nothing. */
const HEARTBEAT_MS_DEFAULT = 10_000;

/**
 * Does one claimed job: heartbeats beside it, its output on the way, and its outcome until the server has it.
 *
 * While the server does not answer it goes on: a server that comes back finds it as it was. When the server says that the job
 * is another's it is stopped at once. `stop` ends it to be given back.
 * Errors: those of the server that are neither passing nor about this job.
 */
export async function doClaimedJob(
  { trying, runners, stepRunner }: JobParts,
  job: RunnerJob,
  stop: AbortSignal,
): Promise<JobEnd> {
  const claim = { fence: job.fence };
  const lost = new AbortController();
  const over = new AbortController();
  const loseOn = (error: unknown): never => {
    if (isClaimLost(error)) lost.abort(error);
    throw error;
  };
  const until = AbortSignal.any([stop, lost.signal]);
  const sender = new OutputSender((chunks) =>
    keepTrying(trying, () => runners.output(job.job, { ...claim, chunks: [...chunks] }), lost.signal).catch(
      loseOn,
    ),
  );
  const beating = beat();
  try {
    const outcome = await stepRunner.run(job as HandedStep, sender, until);
    if (lost.signal.aborted) return 'lost';
    if (outcome === undefined) {
      await keepTrying(trying, () => runners.release(job.job, claim));
      return 'handedBack';
    }
    const { startedAt, endedAt, evidence, ...rest } = outcome;
    const durationMs = Math.max(0, endedAt - startedAt);
    const body = { ...claim, ...rest, durationMs, evidence: evidence as Record<string, never> | null };
    await keepTrying(trying, () => runners.finish(job.job, body));
    return outcome.isPassed ? 'passed' : 'failed';
  } catch (error) {
    if (isClaimLost(error)) return 'lost';
    throw error;
  } finally {
    over.abort();
    await beating;
  }

  async function beat(): Promise<void> {
    const everyMs = parseDuration(job.heartbeat) ?? HEARTBEAT_MS_DEFAULT;
    const signal = AbortSignal.any([over.signal, lost.signal]);
    while (!signal.aborted) {
      try {
        await trying.sleep(everyMs, signal);
        await runners.heartbeat(job.job, claim, { signal });
      } catch (error) {
        // Silence is the server's to judge; the next heartbeat may arrive.
        if (isClaimLost(error)) lost.abort(error);
      }
    }
  }
}
