import type { StepCall } from './contract.ts';

/** What every program that does a step is told of it. What it has no value for is left out. */
export function stepEnvironment(call: StepCall): Record<string, string> {
  const { resource, lease, holder, externalId } = call;
  return {
    POOLKEEPER_RESOURCE_ID: resource.id,
    POOLKEEPER_RESOURCE_NAME: resource.name,
    POOLKEEPER_RESOURCE_POOL: resource.pool,
    POOLKEEPER_RESOURCE_KIND: resource.kind,
    POOLKEEPER_RUN: call.run,
    POOLKEEPER_STEP: call.step,
    POOLKEEPER_IDEMPOTENCY_KEY: call.idempotencyKey,
    ...(lease === null ? {} : { POOLKEEPER_LEASE: lease }),
    ...(holder === null ? {} : { POOLKEEPER_HOLDER: holder }),
    ...(externalId === null ? {} : { POOLKEEPER_EXTERNAL_ID: externalId }),
  };
}
