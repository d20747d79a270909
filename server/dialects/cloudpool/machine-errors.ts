import { Refusal } from '@poolkeeper/core';
import { CloudPoolError, errorOf } from './errors.ts';
import { requireFresh } from './instance.ts';
import type { Running } from './instance.ts';
import type { JobAnswer } from './job-answers.ts';

/** A refusal of the core about a machine. The two that operators look for are said in the words of the original. */
export function machineErrorOf(error: unknown, machine: string): unknown {
  if (!(error instanceof Refusal)) return error;
  if (error.code === 'machine_not_found') {
    return new CloudPoolError('unknown_machine', `machine ${machine} is not a pool member`, { cause: error });
  }
  if (error.code === 'machine_not_evictable') {
    const message = error.message.replace(/^M/, 'm').replace(/[.]$/, '');
    return new CloudPoolError('cloud', message, { cause: error });
  }
  return errorOf(error);
}

/** Errors: `cloud` where the list of the machines is too old to decide by. */
export function requireReachable(running: Running, now: number): void {
  try {
    requireFresh(running, now);
  } catch (error) {
    const why = (error as Error).message;
    throw new CloudPoolError('cloud', `Cannot complete operation: cloud pool is unreachable: ${why}`, {
      cause: error,
    });
  }
}

/** Errors: `unknown_machine` where the cloud has none of that name; `cloud` for whatever else it answered, or did not. */
export function requireDone(answer: JobAnswer | undefined, machine: string): void {
  if (answer?.result === 'done') return;
  if (answer === undefined) {
    throw new CloudPoolError(
      'cloud',
      `the cloud has not answered about machine ${machine}; look at the pool before asking again`,
    );
  }
  const { reason, error } = answer;
  if (reason === 'missing') {
    throw new CloudPoolError('unknown_machine', error ?? `the cloud has no machine ${machine}`);
  }
  throw new CloudPoolError('cloud', error ?? 'the cloud refused it');
}
