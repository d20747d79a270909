import { invariant } from '../invariant.ts';
import type { Json, JsonObject } from '../json.ts';
import { replaceAt } from '../replace-at.ts';
import type { StepKind } from '../model/workflow.ts';

/**
 * What a resource may say of itself in the parameter that is named like the kind of step: where it is reached, and how it is
 * known. Nothing that is done, and no secret: those are the workflow's.
 */
const OWN_MEMBERS: Partial<Readonly<Record<StepKind, readonly string[]>>> = {
  ssh: ['host', 'port', 'user', 'hostKey'],
};

/** What a step is given, with what it leaves out as the resource says it. */
export function withOwnMembers(uses: StepKind, said: JsonObject, params: JsonObject): JsonObject {
  const own = params[uses];
  const members = OWN_MEMBERS[uses];
  if (members === undefined || typeof own !== 'object' || own === null || Array.isArray(own)) return said;
  const known = members.filter((name) => Object.hasOwn(own, name));
  return { ...Object.fromEntries(known.map((name) => [name, (own as JsonObject)[name] as Json])), ...said };
}

/** The input with a word in the place of each secret, which is not open yet: for a look at whether it will do. */
export function withSecretsHidden(input: JsonObject, pointers: readonly string[]): JsonObject {
  return pointers.reduce((shown, pointer) => {
    const hidden = replaceAt(shown, pointer, 'secret');
    invariant(hidden !== undefined, `there is no text at ${pointer}, where a secret belongs`);
    return hidden as JsonObject;
  }, input);
}
