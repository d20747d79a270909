import type { Run } from '../model/run.ts';
import type { Workflow } from '../model/workflow.ts';
import { secretNamesIn } from '../workflow/secret-names.ts';
import type { World } from '../world/world.ts';

/** Who needs a secret, each list in the order of the alphabet. */
export type SecretUsers = { readonly workflows: readonly string[]; readonly runs: readonly string[] };

/** The secrets that a workflow names, in the inputs of its steps. */
export function secretsOfWorkflow(workflow: Pick<Workflow, 'steps'>): ReadonlySet<string> {
  return new Set(workflow.steps.flatMap((step) => secretNamesIn(step.with)));
}

/** Workflows that name the secret, and runs under way with a step before them that needs it. */
export function usersOfSecret(world: World, name: string): SecretUsers {
  const workflows = [...world.workflows.values()].filter((one) => secretsOfWorkflow(one).has(name));
  const runs = [...world.runs.values()].filter((run) => needsSecret(run, name));
  return {
    workflows: workflows.map((workflow) => workflow.name).toSorted(),
    runs: runs.map((run) => run.id).toSorted(),
  };
}

/** Workflows by the secrets that they name. */
export function workflowsBySecret(world: World): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const workflow of [...world.workflows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const secret of secretsOfWorkflow(workflow)) {
      users.set(secret, [...(users.get(secret) ?? []), workflow.name]);
    }
  }
  return users;
}

function needsSecret({ steps, at }: Run, name: string): boolean {
  return steps
    .slice(at)
    .some(({ secrets }) =>
      secrets.some(({ parts }) => parts.some((part) => typeof part !== 'string' && part.secret === name)),
    );
}
