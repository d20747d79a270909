import type { Json, JsonObject, Secret, StepTicket } from '@poolkeeper/core';
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
      input = replaceAt(input, pointersOf(pointer), text) as JsonObject;
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

function pointersOf(pointer: string): readonly string[] {
  const [, ...parts] = pointer.split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The same document with another text at a place; nothing of the one that was given changes. */
function replaceAt(document: Json, [first, ...rest]: readonly string[], text: string): Json {
  if (first === undefined) return text;
  if (Array.isArray(document)) {
    return (document as readonly Json[]).map((entry, index) =>
      String(index) === first ? replaceAt(entry, rest, text) : entry,
    );
  }
  const isMember = typeof document === 'object' && document !== null && Object.hasOwn(document, first);
  if (!isMember)
    throw new StepRefused('The input of the step has no member at a place where a secret belongs.');
  const members = document as JsonObject;
  return { ...members, [first]: replaceAt(members[first] as Json, rest, text) };
}
