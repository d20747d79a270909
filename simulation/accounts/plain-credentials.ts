import type { OpenCredential } from '../../server/providers/contract.ts';
import type { CredentialSeal } from '../../server/seal/credential-seal.ts';

/** Seals nothing: what is sealed says for which resource it is, and opens for no other. */
export const PLAIN_CREDENTIALS: CredentialSeal = {
  seal: (resource, _part, values) => `${resource} ${JSON.stringify(values)}`,
  open: (resource, part, sealed) => {
    if (!sealed.startsWith(`${resource} `))
      throw new Error(`The ${part} credential is not that of ${resource}.`);
    return JSON.parse(sealed.slice(resource.length + 1)) as OpenCredential;
  },
  sealAnew: () => undefined,
  canOpen: () => true,
  tell: (resource, values) => `${resource} ${JSON.stringify(values)}`,
  wasTold: (resource, told, values) => told === `${resource} ${JSON.stringify(values)}`,
};
