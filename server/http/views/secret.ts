import type { Secret, SecretNamers } from '@poolkeeper/core';
import { instantText } from '../instant.ts';
import type { SecretSeal } from '../parts.ts';
import type { SecretBody } from '../schemas/secret.ts';

/** What there is to say of a secret; what is in it, sealed or not, is never said. */
export function viewSecret(
  secret: Secret,
  { users, seal }: { users: SecretNamers; seal: SecretSeal },
): SecretBody {
  const { name, version, createdAt, changedAt, sealed } = secret;
  return {
    name,
    version,
    createdAt: instantText(createdAt),
    changedAt: instantText(changedAt),
    canOpen: seal.canOpen(name, sealed),
    workflows: users.workflows,
    providers: users.providers,
  };
}
