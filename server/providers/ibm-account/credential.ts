import { ProviderRefused } from '../contract.ts';
import type { OpenCredential } from '../contract.ts';

/** What somebody logs in with. Secret. */
export type Login =
  | { readonly kind: 'apikey'; readonly apikey: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string };

/** The user name that IBM's command line takes for logins with a key: then the password is the key. */
const KEY_USER = 'apikey';

/**
 * What a credential logs in with: `apikey`, or `username` and `password`, where the user `apikey` has a key as the password.
 *
 * Errors: `ProviderRefused` that names the members, and nothing of what is in them.
 */
export function loginOf(credential: OpenCredential): Login {
  const { apikey, username, password } = credential;
  if (apikey !== undefined && apikey !== '') return { kind: 'apikey', apikey };
  if (username !== undefined && username !== '' && password !== undefined && password !== '') {
    return username === KEY_USER
      ? { kind: 'apikey', apikey: password }
      : { kind: 'password', username, password };
  }
  throw new ProviderRefused(
    `The credential has the members ${Object.keys(credential).join(', ') || 'none'}, and "apikey" is needed, or "username" and "password". Set it anew.`,
  );
}

/** What is secret of a login. */
export function secretOf(login: Login): string {
  return login.kind === 'apikey' ? login.apikey : login.password;
}

/** A credential with another key in it: whatever else is said in it stays. */
export function withKey(credential: OpenCredential | null, apikey: string): OpenCredential {
  const { username, password, ...said } = credential ?? {};
  const isUser = username !== undefined && password !== undefined;
  return { ...said, ...(isUser ? { username: KEY_USER, password: apikey } : {}), apikey };
}
