import { Refusal } from '../errors.ts';
import type { InputFault } from '../errors.ts';
import { TRANSITIONS } from '../model/transition.ts';
import type { Transition, Transitions } from '../model/transition.ts';
import { nearName } from '../near-name.ts';
import { referencesOf } from '../workflow/interpolate.ts';
import { namesOf } from '../workflow/named-by-transitions.ts';
import type { TransitionName } from '../workflow/named-by-transitions.ts';
import { secretNamesIn } from '../workflow/secret-names.ts';
import type { Transaction } from '../world/transaction.ts';

/**
 * Refuses transitions that name what is not there, or hold references that can never be filled in.
 *
 * Errors: `workflow_not_found` or `profile_not_found`, by the first thing that is wrong, and `invalid_input`; with every fault,
 * such as `/on/release/clean`.
 */
export function requireFittingTransitions(tx: Transaction, on: Transitions): void {
  const missing = namesOf(on).filter(({ kind, name }) => !knownNames(tx, kind).has(name));
  const faults: InputFault[] = [
    ...missing.map((named) => faultOf(named, [...knownNames(tx, named.kind).keys()])),
    ...TRANSITIONS.flatMap((transition) => paramFaults(on, transition)),
  ];
  const [first] = faults;
  if (first === undefined) return;
  const kind = missing[0]?.kind;
  const more = faults.length > 1 ? ` And ${faults.length - 1} more: see "errors".` : '';
  const sentence = first.message.endsWith('?') ? first.message : `${first.message}.`;
  throw new Refusal(kind === undefined ? 'invalid_input' : `${kind}_not_found`, `${sentence}${more}`, {
    faults,
  });
}

/** Parameters are shown to holders, so no secret goes into one. */
function paramFaults(on: Transitions, transition: Transition): InputFault[] {
  return Object.entries(on[transition]?.addParams ?? {}).flatMap(([name, value]) => {
    const at = `/on/${transition}/addParams/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const faults = referencesOf(value).faults.map(({ pointer, message }) => ({
      pointer: `${at}${pointer}`,
      message,
    }));
    const secrets = secretNamesIn(value).map((secret) => ({
      pointer: at,
      message: `the secret "${secret}" may stand in the "with" of a step alone: parameters are shown to holders`,
    }));
    return [...faults, ...secrets];
  });
}

function knownNames(tx: Transaction, kind: TransitionName['kind']): ReadonlyMap<string, unknown> {
  return kind === 'workflow' ? tx.world.workflows : tx.world.profiles;
}

function faultOf({ kind, name, pointer }: TransitionName, known: readonly string[]): InputFault {
  const near = nearName(name, known);
  const advice = near === undefined ? `; put it there first, under ${kind}s` : `; did you mean "${near}"?`;
  return { pointer: `/on${pointer}`, message: `there is no ${kind} "${name}"${advice}` };
}
