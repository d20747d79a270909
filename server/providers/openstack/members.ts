import type { Observation } from '@poolkeeper/core';
import { ProviderGone, ProviderRefused } from '../contract.ts';
import type { MemberRequest, Members } from '../contract.ts';
import type { FloatingAddresses } from './floating-addresses.ts';
import type { Nova } from './nova.ts';
import { ownerOf } from './server-request.ts';
import type { Mark } from './server-request.ts';
import { MARKS, POOL_MARK, RESOURCE_MARK, listedOf, metadataOf } from './server-view.ts';
import type { Place, Server } from './server-view.ts';

type MembersInput = {
  readonly nova: Nova;
  readonly floating: FloatingAddresses;
  readonly mark: Mark;
  readonly place: Place;
  /** The caller's signal, and the provider's. */
  readonly until: (signal: AbortSignal) => AbortSignal;
};

/** Membership of servers, which is metadata on them. */
export function memberActions(input: MembersInput): Members {
  return {
    attach: (request, signal) => attach(input, request, input.until(signal)),
    detach: (request, signal) => detach(input, request, input.until(signal)),
    mark: async (request, signal) => {
      const isThere = await input.nova.mark(
        request.externalId,
        metadataOf(request.marks),
        input.until(signal),
      );
      if (!isThere) throw gone(request);
    },
  };
}

/** Errors: `ProviderGone` for no such server; `ProviderRefused` for a member of another pool. */
async function attach(
  { nova, mark, place }: MembersInput,
  request: MemberRequest,
  signal: AbortSignal,
): Promise<Observation> {
  const { resource, externalId } = request;
  const server = await requireServer(nova, request, signal);
  const owner = ownerOf(server.metadata, mark);
  if (typeof owner === 'object') {
    throw new ProviderRefused(
      `Server ${externalId} is a member of another pool: ${owner.other}. Detach it there first.`,
    );
  }
  const marks = { [mark.key]: mark.value, [RESOURCE_MARK]: resource.id, [POOL_MARK]: resource.pool };
  if (!(await nova.mark(externalId, marks, signal))) throw gone(request);
  const marked = { ...server, metadata: { ...server.metadata, ...marks } };
  return { ...listedOf(marked, place), resource: resource.id };
}

/** The mark of the pool goes last: what is detached by half is still listed, and detached again. */
async function detach(
  { nova, floating, mark }: MembersInput,
  request: MemberRequest,
  signal: AbortSignal,
): Promise<void> {
  const { metadata } = await requireServer(nova, request, signal);
  await floating.letGo(metadata[RESOURCE_MARK] ?? request.resource.id, signal);
  const names = [MARKS.serviceState, MARKS.membership, POOL_MARK, RESOURCE_MARK, mark.key];
  for (const name of names) {
    if (name in metadata) await nova.unmark(request.externalId, name, signal);
  }
}

async function requireServer(nova: Nova, request: MemberRequest, signal: AbortSignal): Promise<Server> {
  const server = await nova.find(request.externalId, signal);
  if (server === undefined || server.status === 'DELETED') throw gone(request);
  return server;
}

function gone({ externalId }: MemberRequest): ProviderGone {
  return new ProviderGone(`There is no server ${externalId} in this project.`);
}
