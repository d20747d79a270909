import type { Observation } from '@poolkeeper/core';
import { ProviderGone } from '../contract.ts';
import type { MemberRequest, Members } from '../contract.ts';
import type { FloatingAddresses } from './floating-addresses.ts';
import type { Nova } from './nova.ts';
import type { Remarks } from './remarks.ts';
import { descriptionOfMark, ownerOf } from './server-request.ts';
import type { Mark } from './server-request.ts';
import { MARKS, POOL_MARK, RESOURCE_MARK, listedOf, metadataOf, stateOf } from './server-view.ts';
import type { Place, Server } from './server-view.ts';

type MembersInput = {
  readonly nova: Nova;
  readonly floating: FloatingAddresses;
  readonly mark: Mark;
  readonly place: Place;
  readonly remarks: Remarks;
  /** The caller's signal, and the provider's. */
  readonly until: (signal: AbortSignal) => AbortSignal;
};

/** Membership of servers, which is metadata on them. */
export function memberActions(input: MembersInput): Members {
  return {
    attach: (request, signal) => attach(input, request, input.until(signal)),
    detach: (request, signal) => detach(input, request, input.until(signal)),
    mark: (request, signal) => mark(input, request, input.until(signal)),
  };
}

/** A server has one mark: a member of another pool is taken from it. Errors: `ProviderGone` for no such server, or one that has ended. */
async function attach(
  { nova, floating, mark, place, remarks }: MembersInput,
  request: MemberRequest,
  signal: AbortSignal,
): Promise<Observation> {
  const { resource, externalId } = request;
  const server = await requireServer(nova, request, signal);
  const state = stateOf(server);
  if (state !== 'PENDING' && state !== 'RUNNING') {
    throw new ProviderGone(
      `Server ${externalId} is ${server.status} and does not run: a member like that would be ended and replaced. Attach one that runs.`,
    );
  }
  if (ownerOf(server.metadata, mark) === 'another') {
    const { [MARKS.cloudPool]: value = '', [RESOURCE_MARK]: before } = server.metadata;
    remarks.taken(server, mark.value);
    // Else the other pool would give the address back with its resource, which has no server any more.
    if (before !== undefined) {
      const from = { mark: descriptionOfMark({ value, isShared: true }), resource: before };
      await floating.takeOver(from, resource.id, signal);
    }
  }
  const marks = { [MARKS.cloudPool]: mark.value, [RESOURCE_MARK]: resource.id, [POOL_MARK]: resource.pool };
  if (!(await nova.mark(externalId, marks, signal))) throw gone(request);
  const marked = { ...server, metadata: { ...server.metadata, ...marks } };
  return { ...listedOf(marked, place), resource: resource.id };
}

/**
 * The mark of the pool goes last: what is detached by half is still listed, and detached again. A server that another pool has taken
 * meanwhile keeps that pool's marks.
 */
async function detach(
  { nova, floating, mark }: MembersInput,
  request: MemberRequest,
  signal: AbortSignal,
): Promise<void> {
  const { metadata } = await requireServer(nova, request, signal);
  if (ownerOf(metadata, mark) === 'another') return;
  await floating.letGo(metadata[RESOURCE_MARK] ?? request.resource.id, signal);
  const names = [MARKS.serviceState, MARKS.membership, POOL_MARK, RESOURCE_MARK, MARKS.cloudPool];
  for (const name of names) {
    if (name in metadata) await nova.unmark(request.externalId, name, signal);
  }
}

async function mark(
  { nova, mark: ours }: MembersInput,
  request: Parameters<Members['mark']>[0],
  signal: AbortSignal,
): Promise<void> {
  const { externalId, marks } = request;
  const { metadata } = await requireServer(nova, request, signal);
  if (ownerOf(metadata, ours) !== 'us') throw new ProviderGone(`Server ${externalId} is no member any more.`);
  if (!(await nova.mark(externalId, metadataOf(marks), signal))) throw gone(request);
}

async function requireServer(nova: Nova, request: MemberRequest, signal: AbortSignal): Promise<Server> {
  const server = await nova.find(request.externalId, signal);
  if (server === undefined || server.status === 'DELETED') throw gone(request);
  return server;
}

function gone({ externalId }: MemberRequest): ProviderGone {
  return new ProviderGone(`There is no server ${externalId} in this project.`);
}
