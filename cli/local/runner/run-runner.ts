import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { RunnerClaim, RunnerJob } from '@poolkeeper/client';
import { createStepRunner, VERSION } from '@poolkeeper/server';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import { explainError } from '../../explain-error.ts';
import { printLine } from '../../output.ts';
import type { Session } from '../../runtime.ts';
import { doClaimedJob } from './claimed-job.ts';
import { keepTrying } from './keep-trying.ts';

export type RunnerOptions = {
  readonly labels?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly concurrency: number;
  readonly execSteps: string;
  /** Milliseconds. */
  readonly drain: number;
};

/** A second signal this soon after the first is the same Ctrl-C, passed on by npm. Milliseconds. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Does steps for a server until a signal ends it. A server that goes away is tried again and again.
 *
 * Errors: `ApiError` for a token that may not, `CliError`; what is under way is finished or given back first.
 */
export async function runRunner(session: Session, options: RunnerOptions): Promise<void> {
  const { context, client } = session;
  const hello = helloOf(options);
  const stepRunner = createStepRunner({
    execPolicy: policyOf(options.execSteps, context.workingDirectory),
    directory: context.workingDirectory,
    environment: context.environment,
    owner: `runner:${hello.name}`,
  });
  const { taking, doing, unwatch } = watchSignals(session, options.drain);
  const say = (text: string): void => printLine(context.stdout, text);
  say(
    `Runner ${hello.name} takes ${options.concurrency} steps at once for ${client.url}${describeLabels(hello.labels)}`,
  );
  const trouble = tellTrouble(session);
  const trying = { now: context.now, sleep: context.sleep, heard: trouble.hear };
  const parts = { trying, runners: client.runners, stepRunner };
  let failure: unknown;
  const work = async (): Promise<void> => {
    while (!taking.signal.aborted) {
      const job = await keepTrying(
        trying,
        // One that was away answers at once, so that it is known to be back.
        () => client.runners.claim(trouble.isAway() ? { ...hello, wait: '0s' } : hello, taking),
        taking.signal,
      );
      if (job === null) continue;
      const startedAt = context.now();
      const end = await doClaimedJob(parts, job, doing.signal);
      say(`${describeJob(job)} ${ENDS[end]} after ${((context.now() - startedAt) / 1_000).toFixed(1)} s`);
    }
  };
  const worker = (): Promise<void> =>
    work().catch((error: unknown) => {
      if (taking.signal.aborted && error === taking.signal.reason) return;
      failure ??= error;
      // One that the server does not let in is no use, nor are the others.
      taking.abort(error);
    });
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  unwatch();
  if (failure !== undefined) throw failure;
}

const ENDS = {
  passed: 'passed',
  failed: 'failed',
  lost: 'was stopped: it is another runner’s, or no longer wanted;',
  handedBack: 'was given back',
} as const;

function describeJob({ step, resource }: RunnerJob): string {
  return `step ${step.name} of ${step.run} on ${resource.name}`;
}

function describeLabels(labels: RunnerClaim['labels']): string {
  const shown = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return shown.length === 0 ? ', with the labels of its token' : `, with ${shown.join(', ')}`;
}

function helloOf({ name, labels }: RunnerOptions): RunnerClaim {
  const called = name ?? hostname().replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return { name: called, version: VERSION, ...(labels === undefined ? {} : { labels }) };
}

function policyOf(text: string, workingDirectory: string) {
  if (text === 'off' || text === 'any') return text;
  if (text !== '') return { folder: resolve(workingDirectory, text) };
  throw new CliError('--exec-steps needs a folder, off or any.', {
    advice: 'See "poolkeeper runner run --help".',
    exitCode: EXIT.usage,
  });
}

/** Says once that the server is away, and once that it is back. */
function tellTrouble({ context }: Session): { hear: (error: unknown) => void; isAway: () => boolean } {
  let isAway = false;
  const hear = (error: unknown): void => {
    if ((error !== null) === isAway) return;
    isAway = error !== null;
    const [first] = isAway ? explainError(error).lines : [];
    const text = isAway ? `${first ?? ''} Trying again.` : 'The server answers again.';
    printLine(context.stderr, `poolkeeper: ${text}`);
  };
  return { hear, isAway: () => isAway };
}

/** `taking` aborts with the first signal, `doing` when the time to finish is over, or with the second one. */
function watchSignals({ context }: Session, drainMs: number) {
  const taking = new AbortController();
  const doing = new AbortController();
  let stoppedAt: number | undefined;
  const unwatchSignals = context.onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], () => {
    if (stoppedAt === undefined) {
      stoppedAt = context.now();
      printLine(context.stderr, 'poolkeeper: stopping; what is under way is finished or given back');
      taking.abort(new Error('the runner stops'));
      void context.sleep(drainMs, doing.signal).then(
        () => doing.abort(new Error('the runner stops')),
        () => {},
      );
    } else if (context.now() - stoppedAt > SAME_SIGNAL_MS) {
      doing.abort(new Error('the runner stops'));
    }
  });
  const unwatch = (): void => {
    unwatchSignals();
    doing.abort(new Error('the runner stopped'));
  };
  return { taking, doing, unwatch };
}
