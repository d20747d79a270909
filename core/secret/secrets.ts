import { Refusal, refuseInput } from '../errors.ts';
import type { Secret } from '../model/secret.ts';
import { upkeepOfSecret } from '../upkeep/owner.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import { usersOfSecret } from './users-of-secret.ts';

export const SECRETS_MAX = 10_000;
/** What a secret may be called. Such a name is safe in a reference, a path and a log. */
export const SECRET_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export type PutSecret = {
  readonly type: 'putSecret';
  readonly name: string;
  readonly sealed: string;
  /** Who says so, for the event. */
  readonly by: string;
  readonly version?: number;
};

/**
 * Keeps a secret under its name, in the place of the one before it. Steps that start from then on are given the new one.
 *
 * Shape: changes the secret; emits `secret.changed`, without anything of its value.
 * Errors: `invalid_input`, `secret_not_found` where a version is given of one that is not there, `secret_in_use` where a cloud pool
 * instance has it, `version_mismatch`.
 */
export function putSecret(tx: Transaction, input: PutSecret): Secret {
  requireOwn(tx, input.name);
  return keepSecret(tx, input);
}

/** The same for who owns the secret. */
export function keepSecret(tx: Transaction, { name, sealed, by, version }: Omit<PutSecret, 'type'>): Secret {
  const current = tx.world.secrets.get(name);
  if (current === undefined && version !== undefined) requireSecret(tx, name);
  if (current !== undefined) requireVersion(current.version, version);
  if (!SECRET_NAME.test(name))
    throw refuseInput('/name', 'the name of a secret has to match [a-z0-9][a-z0-9._-]*');
  if (current === undefined && tx.world.secrets.size >= SECRETS_MAX)
    throw refuseInput('/name', `there are ${SECRETS_MAX} secrets, which is the most`);
  const secret: Secret = {
    name,
    sealed,
    version: (current?.version ?? 0) + 1,
    createdAt: current?.createdAt ?? tx.now,
    changedAt: tx.now,
  };
  tx.emit('secret.changed', {}, { name, version: secret.version, by });
  return tx.put('secret', name, secret);
}

export type ResealSecret = {
  readonly type: 'resealSecret';
  readonly name: string;
  readonly sealed: string;
  /** The version whose value was sealed anew. */
  readonly version: number;
};

/**
 * Takes the same value under another key: nothing that anybody could notice. One that changed or went meanwhile stays as it is.
 *
 * Shape: answers whether it was taken.
 */
export function resealSecret(
  tx: Transaction,
  { name, sealed, version }: ResealSecret,
): { isResealed: boolean } {
  const current = tx.world.secrets.get(name);
  if (current === undefined || current.version !== version) return { isResealed: false };
  tx.put('secret', name, { ...current, sealed });
  return { isResealed: true };
}

export type RemoveSecret = {
  readonly type: 'removeSecret';
  readonly name: string;
  readonly by: string;
  readonly version?: number;
};

/**
 * Forgets a secret.
 *
 * Errors: `secret_in_use` while a workflow or a provider names it, a run under way will need it or a cloud pool instance has it, `secret_not_found`,
 * `version_mismatch`.
 */
export function removeSecret(tx: Transaction, { name, by, version }: RemoveSecret): Secret {
  const secret = requireSecret(tx, name);
  requireVersion(secret.version, version);
  requireOwn(tx, name);
  const { workflows, providers, runs } = usersOfSecret(tx.world, name);
  const users = [
    ...workflows.map((one) => `workflow "${one}"`),
    ...providers.map((one) => `provider "${one}"`),
    ...runs.map((id) => `run ${id}`),
  ];
  if (users.length > 0) {
    throw new Refusal(
      'secret_in_use',
      `Secret "${name}" is named by ${listed(users)}. Take it out of there first${runs.length > 0 ? ', or wait for the end of the runs' : ''}.`,
    );
  }
  tx.remove('secret', name);
  tx.emit('secret.removed', {}, { name, version: secret.version, by });
  return secret;
}

/** Refuses what only the configuration of a cloud pool instance may change. */
function requireOwn(tx: Transaction, name: string): void {
  const upkeep = upkeepOfSecret(tx.world, name);
  if (upkeep === undefined) return;
  throw new Refusal(
    'secret_in_use',
    `Secret "${name}" is the configuration of the cloud pool instance "${upkeep.name}". Configure or remove that instead.`,
  );
}

/** Names that one message lists. */
const LISTED_MAX = 5;

function listed(names: readonly string[]): string {
  const more = names.length - LISTED_MAX;
  return names.slice(0, LISTED_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function requireSecret(tx: Transaction, name: string): Secret {
  const secret = tx.world.secrets.get(name);
  if (secret !== undefined) return secret;
  throw new Refusal(
    'secret_not_found',
    `There is no secret "${name}". See those that there are with GET /v1/secrets.`,
  );
}
