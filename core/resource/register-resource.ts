import { giveCredentials } from '../credential/put-credential.ts';
import { Refusal, refuseInput } from '../errors.ts';
import { ID_PREFIX } from '../ids.ts';
import { invariant } from '../invariant.ts';
import type { JsonObject } from '../json.ts';
import type { Credential, GivenCredentials } from '../model/credential.ts';
import type { Resource } from '../model/resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';
import { whoIsNamed } from './who-is-named.ts';
import type { WishedName } from './who-is-named.ts';
import { changeResource } from './change-resource.ts';
import { registerAtStage } from '../stage/register-at-stage.ts';
import type { RegisteredStage } from '../stage/register-at-stage.ts';
import { newResource } from './new-resource.ts';
import { unsetAside } from './turnover.ts';

/** Characters of a name. */
const NAME_LENGTH_MAX = 63;

/** What a person says about a resource. */
export type ResourceTraits = {
  readonly labels?: Readonly<Record<string, string>>;
  readonly params?: JsonObject;
  /** Names of profiles, the first that has a parameter wins; they have to be there. */
  readonly profiles?: readonly string[];
  readonly addresses?: readonly string[];
  readonly endpoints?: Readonly<Record<string, string>>;
};

export type RegisterResource = ResourceTraits & {
  readonly type: 'registerResource';
  readonly pool: string;
  readonly name: string;
  /** Where it stands first; left out: where the pool says. Only where members are handed over by stage. */
  readonly stage?: RegisteredStage;
  /** Made beforehand by whoever sealed something for it; else it is made here. */
  readonly id?: string;
  /** Sealed for `id`. */
  readonly credentials?: GivenCredentials;
  /** What a configuration file says of them, as a sealed digest. */
  readonly told?: Credential['told'];
  /** Who gives the credentials, for the event. */
  readonly by?: string;
};

/**
 * Adds a resource that exists already to a pool whose provider makes none.
 *
 * Shape: changes the resource, and the lease that waits for one like it; emits `resource.entered`, or, where it stands elsewhere than at
 * free, `resource.staged`. Its credentials are there before anybody can have it.
 * Errors: `pool_not_found`, `pool_being_removed`, `pool_is_sized`, `resource_name_taken`, `invalid_input`.
 */
export function registerResource(tx: Transaction, input: RegisterResource): Resource {
  const state = tx.requirePool(input.pool, '/pool');
  requireRegistrable(tx, state);
  requireFreeName(tx.world, state, { name: input.name });
  requireProfiles(tx, input.profiles ?? []);
  const id = input.id ?? tx.context.newId(ID_PREFIX.resource);
  invariant(!tx.world.resources.has(id), `there is a resource ${id} already`);
  if (state.staged !== null)
    return withCredentials(tx, registerAtStage(tx, state.pool, { ...input, id }), input);
  if (input.stage !== undefined)
    throw refuseInput(
      '/stage',
      `the members of pool "${input.pool}" are not handed over by stage; leave it out`,
    );
  requireShortName(input.name, '/name');
  const { name, labels = {}, params = {}, addresses = [], endpoints = {}, profiles = [] } = input;
  const said = { name, labels, params, addresses, endpoints, profiles };
  const there = { status: 'entering', machine: 'RUNNING', isEvictable: false } as const;
  tx.put('resource', id, newResource(state.pool, { id, ...said, ...there, createdAt: tx.now }));
  tx.toOffer.push(id);
  return withCredentials(tx, tx.world.resources.get(id) as Resource, input);
}

/** Nobody can have it before this decision is over, so its credentials are there before. */
function withCredentials(tx: Transaction, registered: Resource, input: RegisterResource): Resource {
  const { credentials: sealed, told, by = '' } = input;
  if (sealed !== undefined)
    giveCredentials(tx, registered, { sealed, by, ...(told === undefined ? {} : { told }) });
  return registered;
}

function requireProfiles(tx: Transaction, profiles: readonly string[]): void {
  profiles.forEach((name, index) => {
    if (tx.world.profiles.has(name)) return;
    throw refuseInput(`/profiles/${index}`, `there is no profile "${name}"; put it there first`);
  });
}

/** Clients that are handed members by stage know longer names; any other may become that of a host or a file. */
export function requireShortName(name: string, pointer: string): void {
  if (name.length <= NAME_LENGTH_MAX) return;
  throw refuseInput(
    pointer,
    `the name has more than ${NAME_LENGTH_MAX} characters, which only members that are handed over by stage may have`,
  );
}

/** Only a pool of registered members takes one. */
export function requireRegistrable(tx: Transaction, state: PoolState): void {
  const { name, status, provider } = state.pool;
  if (status === 'removing')
    throw refuseInput('/pool', `Pool "${name}" is being removed.`, 'pool_being_removed');
  if (tx.world.providers.get(provider)?.makes === true) {
    throw refuseInput(
      '/pool',
      `The members of pool "${name}" are made by its provider "${provider}". Change the pool's size instead.`,
      'pool_is_sized',
    );
  }
}

/** Refuses a name that a member of the pool has, or, where members are handed over by stage, one of any such pool. */
export function requireFreeName(world: World, state: PoolState, wished: WishedName): void {
  const id = whoIsNamed(world, state, wished);
  if (id === undefined) return;
  const pool = world.resources.get(id)?.pool ?? state.pool.name;
  const message = `Pool "${pool}" already has a resource "${wished.name}" (${id}).`;
  throw new Refusal('resource_name_taken', message, { faults: [{ pointer: '/name', message }] });
}

export type ChangeTraits = ResourceTraits & {
  readonly type: 'changeTraits';
  readonly resource: string;
  readonly isEvictable?: boolean;
  readonly version?: number;
};

/**
 * Changes what is said about a resource: each member that is given replaces the one before it.
 *
 * A resource that is set aside goes back on offer first: it may fit somebody else now.
 * Errors: `resource_not_found`, `version_mismatch`.
 */
export function changeTraits(tx: Transaction, input: ChangeTraits): Resource {
  const resource = tx.require('resource', input.resource, input.version);
  requireProfiles(tx, input.profiles ?? []);
  const { type: _type, resource: _id, version: _version, ...traits } = input;
  const changed = changeResource(tx, unsetAside(tx, resource), traits);
  tx.emit(
    'resource.changed',
    { resource: resource.id, pool: resource.pool },
    { members: Object.keys(traits) },
  );
  if (changed.status === 'free') tx.toOffer.push(changed.id);
  return changed;
}
