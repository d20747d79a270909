import type { Json, JsonObject } from '@poolkeeper/core';
import { ProviderTransient } from '../contract.ts';
import type { Cloud } from './cloud.ts';
import { at, isObject, textAt } from './json.ts';

/** What IAM says of a key; its value is never told again. */
export type KeyDetails = {
  readonly id: string;
  readonly name: string;
  /** Whose it is: an IAM id. */
  readonly identity: string;
  readonly account: string;
  readonly description: string;
  readonly isLocked: boolean;
  readonly isDisabled: boolean;
  /** Milliseconds UTC; null where it does not end. */
  readonly expiresAt: number | null;
};

const GONE = [404, 410];
const PAGE_SIZE = 100;
const PAGES_MAX = 20;

/**
 * What a key is, asked by the key itself.
 *
 * Errors: those of `Cloud.call`; `ProviderTransient` for an answer that is none of IAM's.
 */
export async function detailsOf(cloud: Cloud, apikey: string, signal: AbortSignal): Promise<KeyDetails> {
  const { body } = await cloud.call(
    { service: 'iam', method: 'GET', path: '/v1/apikeys/details', headers: { 'iam-apikey': apikey } },
    signal,
  );
  return requireKey(body);
}

/** Every key of an identity in the account. Errors: those of `Cloud.call`. */
export async function listKeys(
  cloud: Cloud,
  identity: string,
  signal: AbortSignal,
): Promise<readonly KeyDetails[]> {
  const keys: KeyDetails[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = {
      account_id: cloud.account,
      iam_id: identity,
      pagesize: String(PAGE_SIZE),
      ...(token === undefined ? {} : { pagetoken: token }),
    };
    const { body } = await cloud.call({ service: 'iam', method: 'GET', path: '/v1/apikeys', query }, signal);
    const list = at(body, 'apikeys');
    if (!Array.isArray(list)) throw unreadable();
    keys.push(...(list as readonly Json[]).map((key) => requireKey(key)));
    const next = textAt(body, 'next');
    token =
      next === undefined
        ? undefined
        : (new URL(next, 'http://iam').searchParams.get('pagetoken') ?? undefined);
    if (token === undefined) return keys;
  }
  throw new ProviderTransient(
    `${identity} has more than ${PAGES_MAX * PAGE_SIZE} API keys. Delete some by hand.`,
  );
}

export type NewKey = {
  readonly name: string;
  readonly identity: string;
  readonly description: string;
  readonly isLocked: boolean;
};

/**
 * Makes a key. It is not tried again when the answer is lost: then there is a key that nobody has, and whoever rotates next finds it by
 * its name.
 *
 * Errors: those of `Cloud.call`; `ProviderTransient` where the answer has no key.
 */
export async function createKey(
  cloud: Cloud,
  { name, identity, description, isLocked }: NewKey,
  signal: AbortSignal,
): Promise<{ readonly details: KeyDetails; readonly apikey: string }> {
  const body: JsonObject = {
    name,
    iam_id: identity,
    account_id: cloud.account,
    description,
    // Keys of service ids could be read again by whoever may see them. Users' keys never can.
    ...(identity.startsWith('iam-ServiceId-') ? { store_value: false } : {}),
  };
  const headers = isLocked ? { 'entity-lock': 'true' } : {};
  const answer = await cloud.call(
    { service: 'iam', method: 'POST', path: '/v1/apikeys', body, headers, once: true },
    signal,
  );
  const apikey = textAt(answer.body, 'apikey');
  if (apikey === undefined) throw unreadable();
  return { details: requireKey(answer.body), apikey };
}

/** Deletes a key, which is unlocked first; one that is gone is none to delete. Errors: those of `Cloud.call`. */
export async function deleteKey(
  cloud: Cloud,
  key: Pick<KeyDetails, 'id' | 'isLocked'>,
  signal: AbortSignal,
): Promise<void> {
  const path = `/v1/apikeys/${encodeURIComponent(key.id)}`;
  if (key.isLocked) {
    await cloud.call({ service: 'iam', method: 'DELETE', path: `${path}/lock`, understands: GONE }, signal);
  }
  await cloud.call({ service: 'iam', method: 'DELETE', path, understands: GONE }, signal);
}

function requireKey(value: Json): KeyDetails {
  const id = textAt(value, 'id');
  const identity = textAt(value, 'iam_id');
  const account = textAt(value, 'account_id');
  if (!isObject(value) || id === undefined || identity === undefined || account === undefined)
    throw unreadable();
  const expiry = Date.parse(textAt(value, 'expires_at') ?? '');
  return {
    id,
    identity,
    account,
    name: textAt(value, 'name') ?? '',
    description: textAt(value, 'description') ?? '',
    isLocked: value['locked'] === true,
    isDisabled: value['disabled'] === true,
    expiresAt: Number.isNaN(expiry) ? null : expiry,
  };
}

function unreadable(): ProviderTransient {
  return new ProviderTransient(
    'IAM was asked for API keys, and did not answer as IAM does. See that addresses.iam of the provider leads to it.',
  );
}
