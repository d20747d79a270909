import { formatDuration, namesOf, poolsRunning, secretNamesIn } from '@poolkeeper/core';
import type { Pool, Step, Token, TransitionName, Workflow, World } from '@poolkeeper/core';
import { mayUsePool } from '../access.ts';
import { instantText } from '../instant.ts';
import type { WorkflowBody } from '../schemas/workflow.ts';

/** Places that name a document and are shown with it. */
const USES_SHOWN_MAX = 100;

/** A workflow as the API shows it to a token: of the pools that name it, those in the token's grant. */
export function viewWorkflow(world: World, workflow: Workflow, token: Token): WorkflowBody {
  const { name, steps, version, createdAt } = workflow;
  const missing = steps
    .flatMap((step) => secretNamesIn(step.with))
    .filter((secret) => !world.secrets.has(secret));
  return {
    name,
    steps: steps.map(viewStep),
    usedBy: viewUses(poolsRunning(world, name), { kind: 'workflow', name }, token),
    missingSecrets: [...new Set(missing)],
    createdAt: instantText(createdAt),
    version,
  };
}

function viewStep({ timeoutMs, pausesMs, ...step }: Step): WorkflowBody['steps'][number] {
  return { ...step, timeout: formatDuration(timeoutMs), ...viewPauses(pausesMs) };
}

/** The pauses between attempts, where a step names some. */
export function viewPauses(pausesMs: Step['pausesMs']): { pauses?: string[] } {
  return pausesMs === undefined ? {} : { pauses: pausesMs.map(formatDuration) };
}

/** Where pools name a document. */
export function viewUses(
  pools: readonly Pool[],
  { kind, name }: Pick<TransitionName, 'kind' | 'name'>,
  token: Token,
): WorkflowBody['usedBy'] {
  const uses = pools
    .filter((pool) => mayUsePool(token, pool.name))
    .flatMap((pool) =>
      namesOf(pool.on)
        .filter((named) => named.kind === kind && named.name === name)
        .map(({ transition, pointer }) => ({
          pool: pool.name,
          transition,
          as: pointer.split('/')[2] ?? '',
        })),
    );
  return uses.slice(0, USES_SHOWN_MAX);
}
