import type { JsonObject } from '@poolkeeper/core';
import { ProviderGone, ProviderRefused } from '../../providers/contract.ts';
import type { Provider } from '../../providers/contract.ts';
import { createInputCheck } from '../../schemas/steps/check-input.ts';
import { ProviderStepInput } from '../../schemas/steps/provider.ts';
import { StepRefused } from '../contract.ts';
import type { StepCall, StepCredentials, StepExecutor, StepResult, StepTools } from '../contract.ts';

export type ProviderStepParts = {
  /** By name, read anew for each attempt. */
  readonly providers: ReadonlyMap<string, Pick<Provider, 'act' | 'driver'>>;
  /** Those of what the steps are for. */
  readonly credentials: StepCredentials;
};

/** Steps that are actions of the resource's own provider: passed when it says that it is done. */
export function createProviderStep(parts: ProviderStepParts): StepExecutor {
  return { check: createInputCheck(ProviderStepInput), run: (step, tools) => runStep(parts, step, tools) };
}

async function runStep(
  { providers }: ProviderStepParts,
  step: StepCall,
  { signal, output }: StepTools,
): Promise<StepResult> {
  const { action, input = {} } = step.input as JsonObject & ProviderStepInput;
  const provider = providers.get(step.provider);
  if (provider === undefined) {
    throw new StepRefused(
      `Provider ${step.provider} is not configured any more. Configure it again, or retire the resource.`,
    );
  }
  if (provider.act === undefined) {
    throw new StepRefused(
      `Provider ${step.provider} offers no actions: its driver, ${provider.driver}, has none.`,
    );
  }
  const { id, name, pool } = step.resource;
  const { externalId, idempotencyKey } = step;
  const request = { resource: { id, name, pool }, externalId, action, input, idempotencyKey };
  try {
    const evidence = await provider.act(request, signal, (chunk) => output('stdout', chunk));
    return { isPassed: true, exitCode: null, evidence, error: null };
  } catch (error) {
    // What is refused is refused again, and what is gone does not come back by itself.
    if (error instanceof ProviderRefused || error instanceof ProviderGone) {
      throw new StepRefused(error.message, { cause: error });
    }
    throw error;
  }
}
