import type { Json } from '../json.ts';
import type { Run } from '../model/run.ts';
import type { Workflow } from '../model/workflow.ts';
import type { World } from '../world/world.ts';

/** Who needs a secret, each list in the order of the alphabet. */
export type SecretUsers = { readonly workflows: readonly string[]; readonly runs: readonly string[] };

/** A reference to a secret in a text of a step's input. */
const SECRET_REFERENCE = /\$\{\s*secrets\.([a-z0-9][a-z0-9._-]*)\s*\}/g;

/** The secrets that a workflow names, in the inputs of its steps. */
export function secretsOfWorkflow(workflow: Pick<Workflow, 'steps'>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const step of workflow.steps) collectSecrets(step.with, names);
  return names;
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

function collectSecrets(value: Json, names: Set<string>): void {
  if (typeof value === 'string') {
    for (const [, name] of value.matchAll(SECRET_REFERENCE)) if (name !== undefined) names.add(name);
  } else if (Array.isArray(value)) {
    for (const entry of value as readonly Json[]) collectSecrets(entry, names);
  } else if (typeof value === 'object' && value !== null) {
    for (const entry of Object.values(value)) collectSecrets(entry as Json, names);
  }
}
