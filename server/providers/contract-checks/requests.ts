import type { JsonObject } from '@poolkeeper/core';
import type { CreateRequest, DestroyRequest } from '../contract.ts';

/** What is asked of a provider to make a resource. */
export function aCreateRequest(id: string, template: JsonObject | null): CreateRequest {
  return {
    resource: { id, name: `${id}-name`, pool: 'web', kind: 'machine' },
    template,
    idempotencyKey: `job_${id}`,
  };
}

/** What is asked of it to end one. */
export function aDestroyRequest(id: string, externalId: string | null = null): DestroyRequest {
  return { resource: { id, name: `${id}-name`, pool: 'web' }, externalId, idempotencyKey: `job_end_${id}` };
}
