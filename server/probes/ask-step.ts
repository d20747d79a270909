import { StepRefused } from '../steps/contract.ts';
import type { StepExecutors } from '../steps/contract.ts';
import type { AskProbe, ProbeAnswer } from './contract.ts';

/**
 * Asks as a step of the kind does; what it puts out is not kept. A server that cannot do the kind asks nothing.
 *
 * A provider that refuses has given its verdict. One that cannot tell has given none, so the last one stands: what knows of an account
 * may be away for all of them at the same time.
 */
export function createAskStep(kind: 'exec' | 'ssh' | 'provider', executors: StepExecutors): AskProbe {
  return async (question, signal) => {
    const executor = executors[kind];
    if (executor === undefined)
      return unasked(`this server does no ${kind} steps, so it asks no ${kind} probes`);
    const { input, resource, provider, externalId, spec } = question;
    try {
      const fault = executor.check(input);
      if (fault !== null) return unasked(fault);
      const call = {
        uses: kind,
        input,
        resource,
        provider,
        externalId,
        run: 'probe',
        step: spec.name,
        lease: null,
        holder: null,
        idempotencyKey: `${resource.id}/${spec.name}`,
      };
      const { isPassed, error } = await executor.run(call, { signal, output: () => {} });
      signal.throwIfAborted();
      return isPassed ? { result: 'passed', detail: null } : { result: 'failed', detail: error };
    } catch (error) {
      signal.throwIfAborted();
      const { message, cause } = error as Error;
      const isRefused = error instanceof StepRefused;
      const isVerdict = kind === 'provider' ? isRefused && cause !== undefined : !isRefused;
      return isVerdict ? { result: 'failed', detail: message } : unasked(message);
    }
  };
}

function unasked(detail: string): ProbeAnswer {
  return { result: 'unasked', detail };
}
