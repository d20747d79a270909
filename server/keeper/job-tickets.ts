import { invariant } from '@poolkeeper/core';
import type { Job, JobTicket, World } from '@poolkeeper/core';

/** A job with all that its runner needs, read from the world as it is. */
export function ticketOf(world: World, job: Job): JobTicket {
  const resource = world.resources.get(job.resource);
  invariant(resource !== undefined, `job ${job.id} is for resource ${job.resource}, which is not there`);
  const { id, name, pool, kind, externalId } = resource;
  return {
    job,
    resource: { id, name, pool, kind },
    externalId,
    template: world.pools.get(pool)?.pool.template ?? null,
  };
}
