import { stepDefaults } from '@poolkeeper/core';
import type { PoolSpec, Step, WorkflowSpec } from '@poolkeeper/core';
import type { Chance } from '../chance.ts';

const ACCOUNTS = ['account-1', 'account-2', 'account-3'] as const;
/** How long one call for an account may take, in milliseconds. */
const ACCOUNT_STEP_MS = 20_000;

/** What becomes of an account: it is looked at before it is offered; between two holders its key is changed, then it is emptied and looked at. */
export const accountPool = {
  name: 'accounts',
  provider: 'bank',
  on: {
    enter: { workflow: 'admit' },
    // A holder may put a workflow of his own in the place of a release's, and nothing in the place of what cleans.
    release: { clean: 'sweep', verify: 'proof' },
  } satisfies PoolSpec['on'],
  workflows: [
    workflow('admit', ['verify', 'rotate', 'clean', 'prove']),
    workflow('sweep', ['rotate', 'clean']),
    // What was overlooked is cleaned away when somebody has it turned over again.
    workflow('proof', ['prove']),
  ],
} as const;

export function drawAccounts(chance: Chance): string[] {
  return ACCOUNTS.slice(0, chance.int(2, ACCOUNTS.length));
}

function workflow(name: string, actions: readonly string[]): WorkflowSpec {
  return { name, steps: actions.map((action) => step(action)) };
}

function step(action: string): Step {
  return {
    ...stepDefaults('provider'),
    name: action,
    uses: 'provider',
    with: { action },
    timeoutMs: ACCOUNT_STEP_MS,
    retries: 3,
    onFailure: action === 'prove' ? 'quarantine' : 'hold',
  };
}
