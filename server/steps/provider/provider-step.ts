import type { JsonObject } from '@poolkeeper/core';
import { ACCOUNT_ACTIONS, ProviderGone, ProviderRefused } from '../../providers/contract.ts';
import type { AccountAction, Provider } from '../../providers/contract.ts';
import { createInputCheck } from '../../schemas/steps/check-input.ts';
import { ProviderStepInput } from '../../schemas/steps/provider.ts';
import { StepRefused } from '../contract.ts';
import type { StepCall, StepCredentials, StepExecutor, StepResult, StepTools } from '../contract.ts';
import { lookAfterAccount } from './account-step.ts';

export type ProviderStepParts = {
  /** By name, read anew for each attempt. */
  readonly providers: ReadonlyMap<string, Pick<Provider, 'act' | 'driver' | 'accounts'>>;
  /** Those of what the steps are for. */
  readonly credentials: StepCredentials;
  /** The parameters of a resource as they are now, with those of its profiles. */
  readonly paramsOf: (resource: string) => Promise<JsonObject>;
};

/**
 * Steps that the resource's own provider does: an action that it offers, passed when it says that it is done, or what is done with
 * accounts, where it looks after some.
 */
export function createProviderStep(parts: ProviderStepParts): StepExecutor {
  return { check: createInputCheck(ProviderStepInput), run: (step, tools) => runStep(parts, step, tools) };
}

async function runStep(parts: ProviderStepParts, step: StepCall, tools: StepTools): Promise<StepResult> {
  const { action, input = {} } = step.input as JsonObject & ProviderStepInput;
  const provider = parts.providers.get(step.provider);
  if (provider === undefined) {
    throw new StepRefused(
      `Provider ${step.provider} is not configured any more. Configure it again, or retire the resource.`,
    );
  }
  const { accounts, driver } = provider;
  try {
    if (accounts !== undefined && isOfAccounts(action)) {
      const account = { provider: { name: step.provider, driver, accounts }, action, input };
      return await lookAfterAccount(parts, account, { step, tools });
    }
    return await act(provider, step, { action, input, tools });
  } catch (error) {
    // What is refused is refused again, and what is gone does not come back by itself.
    if (error instanceof ProviderRefused || error instanceof ProviderGone) {
      throw new StepRefused(error.message, { cause: error });
    }
    throw error;
  }
}

function isOfAccounts(action: string): action is AccountAction {
  return (ACCOUNT_ACTIONS as readonly string[]).includes(action);
}

async function act(
  provider: Pick<Provider, 'act' | 'driver'>,
  step: StepCall,
  { action, input, tools }: { action: string; input: JsonObject; tools: StepTools },
): Promise<StepResult> {
  if (provider.act === undefined) {
    throw new StepRefused(
      `Provider ${step.provider} offers no actions: its driver, ${provider.driver}, has none.`,
    );
  }
  const { id, name, pool } = step.resource;
  const { externalId, idempotencyKey } = step;
  const request = { resource: { id, name, pool }, externalId, action, input, idempotencyKey };
  const evidence = await provider.act(request, tools.signal, (chunk) => tools.output('stdout', chunk));
  return { isPassed: true, exitCode: null, evidence, error: null };
}
