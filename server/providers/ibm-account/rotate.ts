import type { JsonObject } from '@poolkeeper/core';
import { sleep } from '../../timers.ts';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { OpenCredential, RotateRequest } from '../contract.ts';
import type { Cloud } from './cloud.ts';
import { loginOf, withKey } from './credential.ts';
import { enter, identify, requireAccount } from './entrance.ts';
import type { Entrance, EntranceInput, Identity } from './entrance.ts';
import { createKey, deleteKey, listKeys } from './keys.ts';
import type { KeyDetails } from './keys.ts';
import { LoginRefused } from './tokens.ts';

/** What was just made or deleted is known everywhere after some seconds: it is looked at so often, so far apart. */
const TRIES_MAX = 10;
const TRY_AGAIN_MS = 2_000;
/** In the description of a key: the one whose place it takes, so that a crash makes nobody forget it. */
const REPLACES = /\breplaces (ApiKey-[0-9A-Za-z-]+)/;

/** What a rotation begins with. */
type Beginning = {
  readonly cloud: Cloud;
  readonly account: string;
  readonly manager: Identity;
  /** The key that is in force; undefined where there is none, or it is no good any more. */
  readonly old: KeyDetails | undefined;
  /** What an earlier attempt made, and kept. */
  readonly pending: { readonly credential: OpenCredential; readonly key: KeyDetails } | undefined;
  /** Whose the keys are: an IAM id. */
  readonly identity: string;
  /** What a key of this resource is called; so are all that were ever made for it. */
  readonly name: string;
  /** Ids of keys that are never deleted. */
  readonly untouched: ReadonlySet<string>;
};

/**
 * Gives the holders' identity a new key: it is made, kept, tried and put in force, and only then the old one is deleted. What earlier
 * attempts left is found by its name and by its description, so that in the end there is one key.
 *
 * Errors: `ProviderRefused` for a user with a password, to whom only a person can give another, and in a dry run, after which the last
 * holder's key is good still; those of `enter`, `Cloud.call` and
 * `keep`; `ProviderTransient` where the new key does not work yet: it is kept, and the next attempt goes on with it.
 */
export async function rotateKey(
  input: EntranceInput,
  request: RotateRequest,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { settings } = input;
  const { current } = request.credentials;
  if (current !== null && loginOf(current).kind === 'password') return leavePassword(input, request, signal);
  const beginning = await begin(await enter(input, request, signal), request, signal);
  const { cloud, account, manager, old, pending, identity } = beginning;
  if (settings.dryRun) {
    const what =
      old === undefined ? `a key of ${identity} would be made` : `the key ${old.id} would be replaced`;
    throw new ProviderRefused(
      `This is a dry run: ${what}, and nothing was done. Skip the step to see what would be cleaned; or take dryRun out of the provider, and retry it.`,
    );
  }

  const live = [old?.id, pending?.key.id, manager.key?.id];
  const lost = await deleteNamed(cloud, beginning, { spare: live, signal });
  const credential = pending?.credential ?? (await makeKey(beginning, request, { settings, signal }));
  const key = await tryUntilItWorks(input, beginning, { credential, signal });
  await request.keep('current', credential);

  // The old key may be what managed the account so far. It does not delete itself.
  const by = manager.part === 'management' ? cloud : cloud.as(loginOf(credential));
  const deleted = await deleteOld(input, beginning, { by, key, signal });
  return { account, identity, key: key.id, deleted: [...new Set([...lost, ...deleted])] };
}

async function begin(
  { cloud, manager, params }: Entrance,
  { resource, credentials }: RotateRequest,
  signal: AbortSignal,
): Promise<Beginning> {
  const keyOf = async (part: 'current' | 'pending'): Promise<KeyDetails | undefined> => {
    const credential = credentials[part];
    if (credential === null) return undefined;
    if (manager.part === part) return manager.key ?? undefined;
    const found = await identify(cloud, { part, login: loginOf(credential) }, signal).catch(unlessRefused);
    if (found !== undefined) requireAccount(found, params.account);
    return found?.key ?? undefined;
  };
  const [old, next] = [await keyOf('current'), await keyOf('pending')];
  const identity = old?.identity ?? params.identity ?? next?.identity;
  if (identity === undefined) {
    throw new ProviderRefused(
      'The account has no key of its holders that is good, and nobody says whose a new one should be. Set params.identity to the IAM id of a service id or user.',
    );
  }
  const managing = manager.part === 'management' ? manager.key?.id : undefined;
  if (managing !== undefined && managing === old?.id) {
    throw new ProviderRefused(
      'Holders are shown the very key that manages the account, so taking it back would lock everybody out. Set another management credential.',
    );
  }
  const isNew = next !== undefined && next.id !== old?.id && next.identity === identity;
  const pending =
    isNew && credentials.pending !== null ? { credential: credentials.pending, key: next } : undefined;
  const untouched = new Set([...params.keep.ids, ...(managing === undefined ? [] : [managing])]);
  const name = `poolkeeper-${resource.id}`;
  return { cloud, account: params.account, manager, old, pending, identity, name, untouched };
}

async function makeKey(
  { cloud, identity, old, name }: Beginning,
  request: RotateRequest,
  { settings, signal }: { readonly settings: EntranceInput['settings']; readonly signal: AbortSignal },
): Promise<OpenCredential> {
  const { resource, credentials } = request;
  const replaces = old === undefined ? '' : `, replaces ${old.id}`;
  const description = `Made by Poolkeeper for ${resource.name}, epoch ${resource.epoch}${replaces}`;
  const isLocked = settings.locksKeys;
  const { apikey } = await createKey(cloud, { name, identity, description, isLocked }, signal);
  const credential = withKey(credentials.current, apikey);
  await request.keep('pending', credential);
  return credential;
}

async function tryUntilItWorks(
  { wire }: EntranceInput,
  { cloud, account }: Beginning,
  { credential, signal }: { readonly credential: OpenCredential; readonly signal: AbortSignal },
): Promise<KeyDetails> {
  const login = loginOf(credential);
  for (let tries = 1; ; tries += 1) {
    const found = await identify(cloud, { part: 'pending', login }, signal).catch(unlessRefused);
    if (found !== undefined) requireAccount(found, account);
    if (found !== undefined && found.key !== null) return found.key;
    if (tries === TRIES_MAX) {
      throw new ProviderTransient(
        'The new key does not work yet. The old one stays in force, and the next attempt goes on with the new one.',
      );
    }
    await sleep(wire.timers, TRY_AGAIN_MS, signal);
  }
}

type Deletion = { readonly spare: readonly (string | undefined)[]; readonly signal: AbortSignal };

/** Deletes every key that was ever made for this resource, but those that are spared. */
async function deleteNamed(
  by: Cloud,
  { identity, name, untouched }: Beginning,
  { spare, signal }: Deletion,
  also: readonly (string | undefined)[] = [],
): Promise<readonly string[]> {
  const keys = (await listKeys(by, identity, signal)).filter(
    (key) =>
      (key.name === name || also.includes(key.id)) && !spare.includes(key.id) && !untouched.has(key.id),
  );
  for (const key of keys) await deleteKey(by, key, signal);
  return keys.map(({ id }) => id);
}

/** Deletes the key that was in force, and the one that it had taken the place of where a crash left that, until none is listed. */
async function deleteOld(
  { wire }: EntranceInput,
  beginning: Beginning,
  { by, key, signal }: { readonly by: Cloud; readonly key: KeyDetails; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { old } = beginning;
  const replaced = [old, key].map((one) => REPLACES.exec(one?.description ?? '')?.[1]);
  const deleted: string[] = [];
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const gone = await deleteNamed(by, beginning, { spare: [key.id], signal }, [old?.id, ...replaced]);
    if (gone.length === 0) return deleted;
    deleted.push(...gone);
    if (tries > 1) await sleep(wire.timers, TRY_AGAIN_MS, signal);
  }
  throw new ProviderTransient(
    `The new key is in force, and an old one is still there: ${[...new Set(deleted)].join(', ')}. The next attempt deletes it.`,
  );
}

/** Nobody but a person can give a user another password. Errors: `ProviderRefused`, unless the provider is told to leave it at that. */
async function leavePassword(
  input: EntranceInput,
  request: RotateRequest,
  signal: AbortSignal,
): Promise<JsonObject> {
  const why =
    'IBM Cloud has no call that changes a password, so rotating an account with user name and password is manual';
  if (input.settings.passwords === 'refuse') {
    throw new ProviderRefused(
      `${why}. Change it, set it by poolkeeper resource set-credentials and try again; or give the account an API key, which is rotated; or set passwordAccounts: leave, and let the last holder go on knowing it.`,
    );
  }
  const { params } = await enter(input, request, signal);
  return { account: params.account, rotated: false, rotation: `${why}. The last holder knows it still.` };
}

/** A key that IAM does not take is none. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof LoginRefused) return undefined;
  throw error;
}
