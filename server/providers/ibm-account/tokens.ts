import type { Json, JsonObject } from '@poolkeeper/core';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Login } from './credential.ts';
import { exchange } from './exchange.ts';
import type { Wire } from './exchange.ts';
import { codeOf, passesByItself, saidOf } from './failure.ts';
import { isObject, textAt } from './json.ts';

/** A token of IAM. Secret. Instants are milliseconds by the clock of this server. */
export type Token = {
  readonly access: string;
  /** Null where IAM gives none. */
  readonly refresh: string | null;
  readonly renewAt: number;
  readonly expiresAt: number;
};

export type Grant = Login | { readonly kind: 'refresh'; readonly refresh: string };

export type TokenInput = {
  readonly wire: Wire;
  /** Address of IAM. */
  readonly url: string;
  /** A user may be in several accounts; a key is of one. */
  readonly account: string;
};

/** A token is renewed after this share of its life, as IBM's own libraries do. */
const RENEW_AFTER = 0.8;
/** How long one is believed to be good that does not say it. Seconds. */
const LIFE_SECONDS_DEFAULT = 600;
/** What IAM answers in place of a token where it gives no refresh token. */
const NO_REFRESH = 'not_supported';
/** The client that IBM's command line is. The password and refresh grants need one; a key's grant has a refresh token with one only. */
const CLIENT = `Basic ${Buffer.from('bx:bx').toString('base64')}`;
const NEEDS_KEY = /federat|one-?time|passcode|multi-?factor|\bMFA\b|2FA|TOTP/i;
const HTTP_BAD = 400;
const HTTP_FAILED = 500;

/** IAM says that what was logged in with is not good. */
export class LoginRefused extends ProviderRefused {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Exchanges what somebody logs in with for a token.
 *
 * Errors: `LoginRefused` with the code that IAM says; `ProviderTransient` when nobody knows: it throttles, fails, says nothing or
 * answers as IAM does not; the signal's reason. Messages hold nothing of what was sent.
 */
export async function fetchToken(input: TokenInput, grant: Grant, signal: AbortSignal): Promise<Token> {
  const startedAt = input.wire.clock.now();
  const { status, body } = await exchange(
    input.wire,
    {
      method: 'POST',
      url: `${input.url}/identity/token`,
      headers: { authorization: CLIENT },
      form: { ...formOf(grant, input.account), response_type: 'cloud_iam' },
    },
    signal,
  );
  const access = textAt(body, 'access_token');
  if (status >= 200 && status < 300 && access !== undefined) {
    const refresh = textAt(body, 'refresh_token') ?? NO_REFRESH;
    const lifeMs = lifeSecondsOf(body) * 1_000;
    return {
      access,
      refresh: refresh === NO_REFRESH ? null : refresh,
      renewAt: startedAt + lifeMs * RENEW_AFTER,
      expiresAt: startedAt + lifeMs,
    };
  }
  throw refusalOf(grant, { status, body });
}

function formOf(grant: Grant, account: string): Readonly<Record<string, string>> {
  switch (grant.kind) {
    case 'apikey':
      return { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: grant.apikey };
    case 'password': {
      const { username, password } = grant;
      return { grant_type: 'password', username, password, bss_account: account };
    }
    case 'refresh':
      return { grant_type: 'refresh_token', refresh_token: grant.refresh, bss_account: account };
  }
}

function lifeSecondsOf(body: Json): number {
  const said = Number(textAt(body, 'expires_in'));
  return Number.isFinite(said) && said > 0 ? said : LIFE_SECONDS_DEFAULT;
}

function refusalOf(grant: Grant, { status, body }: { status: number; body: Json }): Error {
  const code = codeOf(body);
  const isRefusal = status >= HTTP_BAD && status < HTTP_FAILED && !passesByItself(status);
  if (!isRefusal || code === undefined) {
    return new ProviderTransient(
      `IAM answered ${status} to a login and not with a token, so nobody knows whether the credential is good. See that the address of iam is right and IBM Cloud is well.`,
    );
  }
  const sent =
    grant.kind === 'apikey' ? [grant.apikey] : grant.kind === 'refresh' ? [grant.refresh] : [grant.password];
  const said = saidOf(body, sent);
  if (grant.kind === 'password' && NEEDS_KEY.test(said)) {
    return new LoginRefused(
      code,
      `The account needs an API key: its user logs in elsewhere or with a second factor (${said}). Set a credential with apikey.`,
    );
  }
  const advice =
    grant.kind === 'password'
      ? 'Set the right password, or an API key: users that log in elsewhere or with a second factor need one.'
      : 'Set a credential that is good.';
  return new LoginRefused(code, `IAM does not take the credential: ${said}. ${advice}`);
}

/** What a token says of whom it was made for; undefined where it cannot be read. It came from IAM itself, so its signature is not looked at. */
export function claimsOf(token: Token): { account?: string; iamId?: string } | undefined {
  const [, payload = ''] = token.access.split('.');
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Json;
    if (!isObject(claims)) return undefined;
    return readClaims(claims);
  } catch {
    return undefined;
  }
}

function readClaims(claims: JsonObject): { account?: string; iamId?: string } {
  const account = textAt(claims, 'account.bss');
  const iamId = textAt(claims, 'iam_id');
  return { ...(account === undefined ? {} : { account }), ...(iamId === undefined ? {} : { iamId }) };
}
