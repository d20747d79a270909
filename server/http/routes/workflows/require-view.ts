import { Refusal } from '@poolkeeper/core';
import type { Token, World } from '@poolkeeper/core';
import type { WorkflowBody } from '../../schemas/workflow.ts';
import { viewWorkflow } from '../../views/workflow.ts';

/** A workflow as it is now. Errors: `workflow_not_found`. */
export function requireViewOfWorkflow(world: World, name: string, token: Token): WorkflowBody {
  const workflow = world.workflows.get(name);
  if (workflow !== undefined) return viewWorkflow(world, workflow, token);
  throw new Refusal(
    'workflow_not_found',
    `There is no workflow "${name}". See the workflows that exist with GET /v1/workflows.`,
  );
}
