import type { StepCall } from './contract.ts';

/**
 * What every program that does a step is told of it, in the words that providers and holders are told it in. What it has no value
 * for is left out.
 */
export function stepEnvironment(call: StepCall): Record<string, string> {
  const { resource, lease, holder, externalId } = call;
  const [address] = resource.addresses;
  return {
    ...endpointVariables(resource.endpoints),
    POOLKEEPER_RESOURCE_ID: resource.id,
    POOLKEEPER_RESOURCE_NAME: resource.name,
    POOLKEEPER_RESOURCE_POOL: resource.pool,
    POOLKEEPER_RESOURCE_KIND: resource.kind,
    POOLKEEPER_RESOURCE_EPOCH: String(resource.epoch),
    POOLKEEPER_PROVIDER: call.provider,
    POOLKEEPER_RUN: call.run,
    POOLKEEPER_STEP: call.step,
    POOLKEEPER_IDEMPOTENCY_KEY: call.idempotencyKey,
    ...(address === undefined ? {} : { POOLKEEPER_ADDRESS: address }),
    ...(lease === null ? {} : { POOLKEEPER_LEASE: lease }),
    ...(holder === null ? {} : { POOLKEEPER_HOLDER: holder }),
    ...(externalId === null ? {} : { POOLKEEPER_EXTERNAL_ID: externalId }),
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
