import { inheritEnvironment } from '../../programs/inherited-environment.ts';
import type { StepCall } from '../contract.ts';

/** Marks what was started for the steps of one server for all time, so that its successor finds what a crash left behind. */
export const OWNER_VARIABLE = 'POOLKEEPER_STEPS_OF';

/**
 * The environment of a step: little of the server's, what the step says, and what it is for. What is not known of a
 * resource has no variable.
 */
export function stepEnvironment(input: {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly given: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly evidenceFile: string;
  readonly step: StepCall;
}): Record<string, string> {
  const { step } = input;
  const { resource } = step;
  const own: Record<string, string | null | undefined> = {
    POOLKEEPER_RESOURCE_ID: resource.id,
    POOLKEEPER_RESOURCE_NAME: resource.name,
    POOLKEEPER_RESOURCE_KIND: resource.kind,
    POOLKEEPER_RESOURCE_POOL: resource.pool,
    POOLKEEPER_PROVIDER: step.provider,
    POOLKEEPER_EXTERNAL_ID: step.externalId,
    POOLKEEPER_EPOCH: String(resource.epoch),
    POOLKEEPER_ADDRESS: resource.addresses[0],
    POOLKEEPER_RUN: step.run,
    POOLKEEPER_STEP: step.step,
    POOLKEEPER_LEASE: step.lease,
    POOLKEEPER_HOLDER: step.holder,
    POOLKEEPER_IDEMPOTENCY_KEY: step.idempotencyKey,
    POOLKEEPER_EVIDENCE: input.evidenceFile,
    [OWNER_VARIABLE]: input.owner,
  };
  const known = Object.entries(own).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    ...inheritEnvironment(input.inherited),
    ...input.given,
    ...endpointVariables(resource.endpoints),
    ...Object.fromEntries(known),
  };
}

/** `http` becomes `POOLKEEPER_ENDPOINT_HTTP`. Where two names become one, the first of the alphabet has it. */
function endpointVariables(endpoints: Readonly<Record<string, string>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, url] of Object.entries(endpoints).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    variables[`POOLKEEPER_ENDPOINT_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`] ??= url;
  }
  return variables;
}
