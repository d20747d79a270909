import { fillIn, scopeOf } from '@poolkeeper/core';
import type { JsonObject, ProbeSpec, Resource, World } from '@poolkeeper/core';
import type { ProbeQuestion } from './contract.ts';

/** Fills in the references of a probe, as those of a step of nobody's lease; or says what is missing. Secrets stay closed. */
export function fillProbe(
  world: World,
  resource: Resource,
  spec: ProbeSpec,
): Pick<ProbeQuestion, 'input' | 'secrets'> | string {
  const { value, secrets, faults } = fillIn(spec.with, scopeOf(world, resource, { lease: null, run: null }));
  const [fault] = faults;
  return fault === undefined ? { input: value as JsonObject, secrets } : fault.message;
}
