import type { JsonObject } from '@poolkeeper/core';
import { ProviderRefused } from '../contract.ts';
import type { AccountRequest } from '../contract.ts';
import { enter, identify, loginsOf, requireAccount } from './entrance.ts';
import type { EntranceInput, Identity } from './entrance.ts';

/**
 * Logs in with what manages the account and with what its holder is shown, and looks at the keys: the account's, not disabled, not about
 * to end.
 *
 * Errors: `ProviderRefused` for one that is not good, with the code of IAM where it says one; `ProviderTransient` when nobody knows.
 */
export async function verifyAccount(
  input: EntranceInput,
  request: AccountRequest,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { params, cloud, manager } = await enter(input, request, signal);
  const others = loginsOf(request.credentials).filter(
    ({ part }) => part === 'current' && part !== manager.part,
  );
  const identities: Identity[] = [manager];
  for (const other of others) {
    const identity = await identify(cloud, other, signal);
    requireAccount(identity, params.account);
    identities.push(identity);
  }
  for (const identity of identities) requireLasting(input, identity);
  return { account: params.account, credentials: identities.map(shown) };
}

function requireLasting({ wire, settings }: EntranceInput, { part, key }: Identity): void {
  if (key?.isDisabled === true) {
    throw new ProviderRefused(`The ${part} key ${key.id} is disabled. Enable it, or set another credential.`);
  }
  const expiresAt = key?.expiresAt ?? null;
  if (key === null || expiresAt === null || expiresAt - wire.clock.now() > settings.expiryMsMin) return;
  const when = new Date(expiresAt).toISOString();
  throw new ProviderRefused(
    `The ${part} key ${key.id} ends at ${when}, which is over or too soon (keyExpiryMin). Rotate it, or set another credential.`,
  );
}

function shown({ part, id, key }: Identity): JsonObject {
  if (key === null) return { part, kind: 'password', identity: id, rotation: 'manual' };
  const expires = key.expiresAt === null ? {} : { expiresAt: new Date(key.expiresAt).toISOString() };
  return { part, kind: 'apikey', identity: id, key: key.id, locked: key.isLocked, ...expires };
}
