import type { Run } from '../model/run.ts';
import type { Workflow } from '../model/workflow.ts';
import { secretsOfOptions } from '../provider/secret-option.ts';
import { secretNamesIn } from '../workflow/secret-names.ts';
import type { World } from '../world/world.ts';

/** What names a secret, each list in the order of the alphabet. */
export type SecretNamers = { readonly workflows: readonly string[]; readonly providers: readonly string[] };
/** Who needs a secret. */
export type SecretUsers = SecretNamers & { readonly runs: readonly string[] };

/** The secrets that a workflow names, in the inputs of its steps. */
export function secretsOfWorkflow(workflow: Pick<Workflow, 'steps'>): ReadonlySet<string> {
  return new Set(workflow.steps.flatMap((step) => secretNamesIn(step.with)));
}

/** Workflows and providers that name the secret, and runs under way with a step before them that needs it. */
export function usersOfSecret(world: World, name: string): SecretUsers {
  const workflows = [...world.workflows.values()].filter((one) => secretsOfWorkflow(one).has(name));
  const providers = [...world.providers.values()].filter(({ options }) =>
    secretsOfOptions(options).has(name),
  );
  const runs = [...world.runs.values()].filter((run) => needsSecret(run, name));
  return {
    workflows: workflows.map((workflow) => workflow.name).toSorted(),
    providers: providers.map((provider) => provider.name).toSorted(),
    runs: runs.map((run) => run.id).toSorted(),
  };
}

/** Workflows and providers by the secrets that they name. */
export function usersBySecret(world: World): ReadonlyMap<string, SecretNamers> {
  const users = new Map<string, { workflows: string[]; providers: string[] }>();
  const note = (kind: keyof SecretNamers, user: string, secrets: ReadonlySet<string>): void => {
    for (const secret of secrets) {
      const known = users.get(secret) ?? { workflows: [], providers: [] };
      known[kind].push(user);
      users.set(secret, known);
    }
  };
  for (const workflow of inOrder(world.workflows.values())) {
    note('workflows', workflow.name, secretsOfWorkflow(workflow));
  }
  for (const { name, options } of inOrder(world.providers.values())) {
    note('providers', name, secretsOfOptions(options));
  }
  return users;
}

function inOrder<T extends { readonly name: string }>(all: Iterable<T>): readonly T[] {
  return [...all].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function needsSecret({ steps, at }: Run, name: string): boolean {
  return steps
    .slice(at)
    .some(({ secrets }) =>
      secrets.some(({ parts }) => parts.some((part) => typeof part !== 'string' && part.secret === name)),
    );
}
