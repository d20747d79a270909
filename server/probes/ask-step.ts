import { StepRefused } from '../steps/contract.ts';
import type { StepExecutors } from '../steps/contract.ts';
import type { AskProbe, ProbeAnswer } from './contract.ts';

/** Takes secrets out of a text that is to be told. */
export type MaskWith = (secretValues: readonly string[]) => (text: string) => string;

/**
 * Asks as a step of the kind does; what it puts out is not kept. A server that cannot do the kind asks nothing.
 *
 * An attempt that breaks says of a machine that it fails, and of an account nothing: its vendor alone knows.
 */
export function createAskStep(
  kind: 'exec' | 'ssh' | 'provider',
  executors: StepExecutors,
  maskWith: MaskWith,
): AskProbe {
  return async (question, signal) => {
    const hidden: string[] = [];
    const mask = (text: string | null): string | null => (text === null ? null : maskWith(hidden)(text));
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
      const { isPassed, error } = await executor.run(call, {
        signal,
        output: () => {},
        hide: (values) => void hidden.push(...values),
      });
      signal.throwIfAborted();
      return isPassed ? { result: 'passed', detail: null } : { result: 'failed', detail: mask(error) };
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      const detail = mask(message);
      if (error instanceof StepRefused) return unasked(detail);
      return { result: kind === 'provider' ? 'unknown' : 'failed', detail };
    }
  };
}

function unasked(detail: string | null): ProbeAnswer {
  return { result: 'unasked', detail };
}
