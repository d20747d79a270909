import { HttpRefusal } from '../errors.ts';
import { ANYBODY } from '../parts.ts';
import type { Authenticate } from '../parts.ts';
import { readBasic } from '../../basic-credentials.ts';
import type { Realm } from './realm-file.ts';

/** The challenge of the original, word by word: Java clients send their credentials only after it. */
export const CHALLENGE = 'basic realm="elastisys:scale security realm"';

/**
 * Lets in who is in the realm and has the one role, which opens everything, as it does in the original.
 *
 * Errors: 401 with the challenge for anybody else, 403 for a user without the role.
 */
export function createRealmLogin(realm: Realm, role: string): Authenticate {
  return ({ headers }) => {
    const shown = readBasic(headers.authorization);
    const roles = shown === undefined ? undefined : realm.login(shown.user, shown.password);
    if (roles === undefined) {
      const message =
        shown === undefined ? 'this needs a user and a password' : 'the user or the password is wrong';
      throw new HttpRefusal(401, message, { 'www-authenticate': CHALLENGE });
    }
    if (!roles.has(role))
      throw new HttpRefusal(403, `this needs the role ${role}, which the user does not have`);
    return ANYBODY;
  };
}
