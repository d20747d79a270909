import { replaceAt } from '@poolkeeper/core';
import type { JsonObject, Secret, StepTicket } from '@poolkeeper/core';
import { StepRefused } from '../steps/contract.ts';
import type { OpenedInput } from './step-contract.ts';

export type SecretsInput = {
  /** The secrets of these names as they are now; of those that are not there nothing. */
  readonly findSecrets: (names: readonly string[]) => Promise<ReadonlyMap<string, Secret>>;
  /** Throws an error whose message says why it cannot, and nothing of what is in it. */
  readonly open: (name: string, sealed: string) => string;
};

/** Opens what names secrets and says where they belong: a step, or a probe that is asked as one. */
export type OpenNamed = (step: Pick<StepTicket, 'with' | 'secrets'>) => Promise<OpenedInput>;

/** Opens the secrets that a step names, and no others, at the time of each attempt: a secret that was changed is the new one. */
export function createOpenStepInput({ findSecrets, open }: SecretsInput): OpenNamed {
  return async (step) => {
    const names = namesOf(step);
    if (names.length === 0) return { input: step.with, secretValues: [] };
    const secrets = await findSecrets(names);
    const values = new Map(names.map((name) => [name, openOne(name, secrets.get(name), open)]));
    let input: JsonObject = step.with;
    for (const { pointer, parts } of step.secrets) {
      const text = parts.map((part) => (typeof part === 'string' ? part : values.get(part.secret))).join('');
      const opened = replaceAt(input, pointer, text);
      if (opened === undefined)
        throw new StepRefused('The input of the step has no member at a place where a secret belongs.');
      input = opened as JsonObject;
    }
    return { input, secretValues: [...new Set(values.values())] };
  };
}

function namesOf(step: Pick<StepTicket, 'secrets'>): string[] {
  const parts = step.secrets.flatMap((use) => use.parts);
  return [...new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : [part.secret])))];
}

function openOne(name: string, secret: Secret | undefined, open: SecretsInput['open']): string {
  if (secret === undefined) {
    throw new StepRefused(
      `There is no secret "${name}". Set it with "poolkeeper secret set ${name}", then retry the step.`,
    );
  }
  try {
    return open(name, secret.sealed);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'the reason is not known';
    throw new StepRefused(
      `The secret "${name}" cannot be opened: ${why}. Or set it anew with "poolkeeper secret set ${name}"; then retry the step.`,
      { cause },
    );
  }
}
