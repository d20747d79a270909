import { Refusal } from '../errors.ts';
import { GIVEN_PARTS } from '../model/credential.ts';
import type { Credential, GivenCredentials, GivenPart, SealedCredential } from '../model/credential.ts';
import type { Resource } from '../model/resource.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';

export type PutCredential = {
  readonly type: 'putCredential';
  readonly resource: string;
  readonly sealed: GivenCredentials;
  /** Who says so, for the event. */
  readonly by: string;
  /** Of the credentials, not of the resource. */
  readonly version?: number;
  /** Of the resource, as the caller saw it: one that moved since is another's to change. */
  readonly resourceVersion?: number;
};

/**
 * Keeps the credentials that a person gives, in the place of those before them. What a rotation has under way stays: it is the
 * next one's to tidy up.
 *
 * Shape: changes the credentials; emits `credential.changed`, or `credential.removed` with the last of them, and nothing of their
 * values. Answers them as they are now; undefined when there are none.
 * Errors: `resource_not_found`; `no_credentials` where a version is given of credentials that are not there; `version_mismatch`.
 */
export function putCredential(tx: Transaction, input: PutCredential): Credential | undefined {
  const resource = tx.require('resource', input.resource, input.resourceVersion);
  const current = tx.world.credentials.get(resource.id);
  if (input.version !== undefined)
    requireVersion(requireCredential(current, resource).version, input.version);
  return giveCredentials(tx, resource, { sealed: input.sealed, by: input.by });
}

/** The same for whoever looked already. `told`: what a configuration file says, as a sealed digest. */
export function giveCredentials(
  tx: Transaction,
  resource: Resource,
  { sealed, told, by }: { sealed: GivenCredentials; told?: Credential['told']; by: string },
): Credential | undefined {
  const before = tx.world.credentials.get(resource.id);
  const parts = GIVEN_PARTS.filter((part) => sealed[part] !== undefined);
  const isNews = parts.some((part) => sealed[part] !== null || (before?.[part] ?? null) !== null);
  if (!isNews) return before;
  const given = Object.fromEntries(
    parts.map((part): [GivenPart, SealedCredential | null] => [part, sealOf(tx, resource, sealed[part])]),
  );
  const after = changeCredential(tx, resource, {
    ...given,
    ...(told === undefined ? {} : { told: { ...before?.told, ...told } }),
  });
  if (after !== undefined)
    tx.emit('credential.changed', subjectOf(resource), { parts, version: after.version, by });
  return after;
}

/**
 * Puts a new version of the credentials of a resource. With the last of them they are gone, with what is remembered of them, and
 * `credential.removed` is emitted.
 */
export function changeCredential(
  tx: Transaction,
  resource: Resource,
  change: Partial<Omit<Credential, 'id' | 'version'>>,
): Credential | undefined {
  const before = tx.world.credentials.get(resource.id);
  const after: Credential = {
    id: resource.id,
    current: null,
    pending: null,
    management: null,
    createdAt: tx.now,
    ...before,
    ...change,
    changedAt: tx.now,
    version: (before?.version ?? 0) + 1,
  };
  if (after.current !== null || after.pending !== null || after.management !== null)
    return tx.put('credential', resource.id, after);
  tx.remove('credential', resource.id);
  tx.emit('credential.removed', subjectOf(resource), { version: after.version });
  return undefined;
}

/** As it is kept: with the epoch at which it was given. */
export function sealOf(
  tx: Transaction,
  { epoch }: Resource,
  sealed: string | null | undefined,
): SealedCredential | null {
  return typeof sealed === 'string' ? { sealed, at: tx.now, epoch } : null;
}

export function subjectOf({ id, pool }: Resource): { resource: string; pool: string } {
  return { resource: id, pool };
}

function requireCredential(found: Credential | undefined, { id, name }: Resource): Credential {
  if (found !== undefined) return found;
  throw new Refusal(
    'no_credentials',
    `Resource ${name} has no credentials. Set them with "poolkeeper resource set-credentials ${id}".`,
  );
}

export type ResealCredential = {
  readonly type: 'resealCredential';
  readonly resource: string;
  /** The version whose values were sealed anew. */
  readonly version: number;
  readonly sealed: Readonly<Partial<Record<'current' | 'pending' | 'management', string>>>;
  readonly told?: Credential['told'];
};

/**
 * Takes the same values under another key: nothing that anybody could notice. What changed or went meanwhile stays as it is.
 *
 * Shape: answers whether they were taken.
 */
export function resealCredential(tx: Transaction, input: ResealCredential): { isResealed: boolean } {
  const before = tx.world.credentials.get(input.resource);
  if (before === undefined || before.version !== input.version) return { isResealed: false };
  const { sealed, told } = input;
  const anew = (part: keyof typeof sealed): SealedCredential | null => {
    const kept = before[part];
    return kept === null ? null : { ...kept, sealed: sealed[part] ?? kept.sealed };
  };
  tx.put('credential', input.resource, {
    ...before,
    current: anew('current'),
    pending: anew('pending'),
    management: anew('management'),
    ...(told === undefined ? {} : { told: { ...before.told, ...told } }),
  });
  return { isResealed: true };
}
