import { ProviderRefused } from '../contract.ts';
import type { AccountRequest, OpenCredential } from '../contract.ts';
import { Cloud } from './cloud.ts';
import { loginOf, secretOf } from './credential.ts';
import type { Login } from './credential.ts';
import type { Wire } from './exchange.ts';
import { Gate } from './gate.ts';
import { detailsOf } from './keys.ts';
import type { KeyDetails } from './keys.ts';
import { readParams } from './params.ts';
import type { AccountParams } from './params.ts';
import type { Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';
import { LoginRefused, claimsOf } from './tokens.ts';

/** Which of the credentials of an account. */
export type Part = 'management' | 'current' | 'pending';

/** Whose a login is. */
export type Identity = {
  readonly part: Part;
  readonly login: Login;
  readonly account: string;
  /** An IAM id. */
  readonly id: string;
  /** Null for a user with a password. */
  readonly key: KeyDetails | null;
};

/** An account whose number was compared, with what manages it logged in. */
export type Entrance = {
  readonly params: AccountParams;
  readonly cloud: Cloud;
  readonly manager: Identity;
};

export type EntranceInput = { readonly wire: Wire; readonly sessions: Sessions; readonly settings: Settings };

/**
 * The interlock before anything is done: what manages the account must be of the account that is configured, and that one must not be
 * denied.
 *
 * Without a credential that manages it, the holder's own is used, and where that is not good any more, the one that is to follow it.
 *
 * Errors: `ProviderRefused` where it is another account, or a denied one, or there is nothing to log in with; those of `fetchToken`.
 */
export async function enter(
  { wire, sessions, settings }: EntranceInput,
  { params: given, credentials }: AccountRequest,
  signal: AbortSignal,
): Promise<Entrance> {
  const params = readParams(given, settings.regions);
  if (settings.denied.has(params.account)) throw denied(params.account);
  const logins = loginsOf(credentials);
  const parts = logins.some(({ part }) => part === 'management')
    ? logins.filter(({ part }) => part === 'management')
    : logins;
  const common = { wire, sessions, addresses: settings.addresses, account: params.account };
  const secrets = logins.map(({ login }) => secretOf(login));
  for (const [index, { part, login }] of parts.entries()) {
    const cloud = new Cloud({ ...common, login, secrets, gate: new Gate(settings.concurrency) });
    try {
      const manager = await identify(cloud, { part, login }, signal);
      requireAccount(manager, params.account);
      if (settings.denied.has(manager.account)) throw denied(manager.account);
      return { params, cloud, manager };
    } catch (error) {
      if (!(error instanceof LoginRefused) || index === parts.length - 1) throw error;
    }
  }
  throw new ProviderRefused(
    'The account has no credential to manage it with. Set one: poolkeeper resource set-credentials.',
  );
}

/** What a login is: asked of IAM for a key, read from the token for a user with a password. Logs in anew. */
export async function identify(
  cloud: Cloud,
  { part, login }: Pick<Identity, 'part' | 'login'>,
  signal: AbortSignal,
): Promise<Identity> {
  const own = cloud.as(login);
  const token = await own.logIn(signal);
  if (login.kind === 'apikey') {
    const key = await detailsOf(own, login.apikey, signal);
    return { part, login, key, id: key.identity, account: key.account };
  }
  const { account, iamId } = claimsOf(token) ?? {};
  if (account !== undefined && iamId !== undefined) return { part, login, key: null, id: iamId, account };
  throw new ProviderRefused(
    'The token of the user does not say of which account and whose it is, so nothing is done. Set a credential with apikey.',
  );
}

/** Errors: `ProviderRefused` for a login of another account. */
export function requireAccount({ part, account }: Identity, wanted: string): void {
  if (account === wanted) return;
  throw new ProviderRefused(
    `The ${part} credential is of account ${account}, and params.account_id says ${wanted}: nothing is done. Correct whichever is wrong.`,
  );
}

/** The logins that there are, in the order in which one of them manages the account. */
export function loginsOf(
  credentials: Readonly<Record<Part, OpenCredential | null>>,
): readonly { readonly part: Part; readonly login: Login }[] {
  const parts: readonly Part[] = ['management', 'current', 'pending'];
  return parts.flatMap((part) => {
    const credential = credentials[part];
    return credential === null ? [] : [{ part, login: loginOf(credential) }];
  });
}

function denied(account: string): ProviderRefused {
  return new ProviderRefused(
    `Account ${account} is in denyAccounts of the provider: nothing is done to it. Take it out of the pool.`,
  );
}
