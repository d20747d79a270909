import type { JobOutcome, JobTicket } from '@poolkeeper/core';
import { ProviderRefused } from '../providers/contract.ts';
import type { MemberRequest, Members, Provider } from '../providers/contract.ts';

/** Makes the call of a provider that a job is about. Errors: what the provider throws. */
export async function callProvider(
  provider: Provider,
  ticket: JobTicket,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { job, resource, template, externalId } = ticket;
  const idempotencyKey = job.id;
  switch (job.kind) {
    case 'create': {
      const observation = await provider.create({ resource, template, idempotencyKey }, signal);
      return { result: 'created', observation };
    }
    case 'attach':
      return {
        result: 'created',
        observation: await membersOf(provider, ticket).attach(requestOf(ticket), signal),
      };
    case 'detach':
      await membersOf(provider, ticket).detach(requestOf(ticket), signal);
      return { result: 'done' };
    case 'mark':
      await membersOf(provider, ticket).mark({ ...requestOf(ticket), marks: job.marks ?? {} }, signal);
      return { result: 'done' };
    case 'destroy':
    case 'step':
      return { result: await provider.destroy({ resource, externalId, idempotencyKey }, signal) };
  }
}

function membersOf({ name, driver, members }: Provider, { job }: JobTicket): Members {
  if (members !== undefined) return members;
  throw new ProviderRefused(
    `Provider ${name} cannot ${job.kind} a machine: its driver, ${driver}, does not.`,
  );
}

function requestOf({ job, resource, externalId }: JobTicket): MemberRequest {
  const { id, name, pool } = resource;
  return { resource: { id, name, pool }, externalId: externalId ?? '', idempotencyKey: job.id };
}
