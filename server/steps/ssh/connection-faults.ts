import type { ClientErrorExtensions } from 'ssh2';
import { StepRefused } from '../contract.ts';
import { fingerprintOf, kindOf } from './host-keys.ts';
import type { HostKeys } from './host-keys.ts';
import { targetText } from './target.ts';
import type { Target } from './target.ts';

/** The machine let a connection go before it said who it is: it has too many at once, or is just starting or ending. */
export class ConnectionDropped extends Error {
  override readonly name = 'ConnectionDropped';

  constructor(target: Target, options: ErrorOptions) {
    super(
      `${targetText(target)} let the connection go before the handshake, again and again. Its sshd has too many connections that are not logged in yet (MaxStartups), or is no SSH server. Look at its log, or raise MaxStartups.`,
      options,
    );
  }
}

/** What to do about a key that is not the one that was said. */
export function hostKeyFault(target: Target, keys: HostKeys, shown: Buffer): StepRefused {
  const where = targetText(target);
  return new StepRefused(
    `${where} showed the host key ${fingerprintOf(shown)} (${kindOf(shown)}), and hostKey names ${keys.fingerprints.join(', ')}. ` +
      'Somebody else may be answering there: nothing was sent. If the machine was made anew or shows keys of several kinds, ' +
      'compare with "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the machine itself and correct hostKey.',
  );
}

type Fault = (Error & ClientErrorExtensions) | null;

/** A connection that did not come about, in words. */
export function connectionFault(input: {
  readonly target: Target;
  readonly login: {
    readonly user: string;
    readonly key?: string | undefined;
    readonly password?: string | undefined;
  };
  readonly fault: Fault;
}): Error {
  const { target, login, fault } = input;
  return new Error(`${whatHappened(targetText(target), login, fault)}`, { cause: fault });
}

function whatHappened(
  where: string,
  login: { readonly user: string; readonly key?: string | undefined; readonly password?: string | undefined },
  fault: Fault,
): string {
  if (fault === null) return `${where} ended the connection before the login. Look at the log of its sshd.`;
  if (fault.level === 'client-authentication') {
    const means = [login.key === undefined ? [] : ['key'], login.password === undefined ? [] : ['password']];
    return `${where} does not let ${login.user} in with this ${means.flat().join(' or ')}. Check the user, the secret, and what its sshd allows (authorized_keys, PasswordAuthentication).`;
  }
  if (fault.level === 'client-timeout') {
    return `${where} took the connection and did not finish the login in time. Look at its load and the log of its sshd.`;
  }
  if (fault.level === 'handshake') {
    return `${where} and this server agree on no ${fault.message}. Look at the log of its sshd; for a host key of another kind correct hostKey.`;
  }
  switch ((fault as NodeJS.ErrnoException).code) {
    case 'ECONNREFUSED':
      return `Nothing listens at ${where}. Check that the machine is up and its sshd runs, and the port.`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${where} does not answer (${fault.message}). Check its power and the network between.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name of ${where} is not known (${fault.message}). Check the address of the resource.`;
    case undefined:
    default:
      return `The connection to ${where} failed: ${fault.message}. Look at the log of its sshd.`;
  }
}
