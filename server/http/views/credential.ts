import type { Credential, CredentialPart } from '@poolkeeper/core';
import { instantText } from '../instant.ts';
import type { CredentialsPart } from '../parts.ts';
import type { CredentialsBody } from '../schemas/credential.ts';

/** Which credentials a resource has, as the API shows them: never what is in them. */
export function viewCredentials(
  resource: string,
  credential: Credential | undefined,
  seal: Pick<CredentialsPart, 'canOpen'>,
): CredentialsBody {
  const kept = (part: CredentialPart): CredentialsBody['current'] => {
    const one = credential?.[part] ?? null;
    if (one === null) return null;
    const canOpen = seal.canOpen(resource, part, one.sealed);
    return { since: instantText(one.at), epoch: one.epoch, canOpen };
  };
  return {
    resource,
    current: kept('current'),
    pending: kept('pending'),
    management: kept('management'),
    version: credential?.version ?? 0,
    changedAt: credential === undefined ? null : instantText(credential.changedAt),
  };
}
