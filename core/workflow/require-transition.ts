import { refuseInput } from '../errors.ts';
import type { TransitionSpec } from '../model/transition.ts';
import { nearName } from '../near-name.ts';
import type { Transaction } from '../world/transaction.ts';
import { referencesOf } from './interpolate.ts';

/** Refuses what a caller adds to a transition where it names what is not there, or refers to what it may not. */
export function requireTransition(tx: Transaction, spec: TransitionSpec, at: string): void {
  const { workflow, addProfiles = [], addParams = {} } = spec;
  if (workflow !== undefined)
    requireName(tx.world.workflows, workflow, { what: 'workflow', at: `${at}/workflow` });
  addProfiles.forEach((name, index) => {
    requireName(tx.world.profiles, name, { what: 'profile', at: `${at}/addProfiles/${index}` });
  });
  const { references, faults } = referencesOf(addParams);
  const [fault] = faults;
  if (fault !== undefined) throw refuseInput(`${at}/addParams${fault.pointer}`, fault.message);
  const secret = references.find(({ root }) => root === 'secrets');
  if (secret !== undefined)
    throw refuseInput(`${at}/addParams`, `${secret.text} names a secret; only the input of a step may`);
}

function requireName(
  known: ReadonlyMap<string, unknown>,
  name: string,
  { what, at }: { what: string; at: string },
): void {
  if (known.has(name)) return;
  const near = nearName(name, [...known.keys()]);
  throw refuseInput(
    at,
    `there is no ${what} "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
  );
}
