import type { CredentialPart } from '@poolkeeper/core';
import type { SecretBox } from './secret-box.ts';

/** A credential in the clear: texts by name, such as `apikey`, or `username` and `password`. */
export type OpenCredential = Readonly<Record<string, string>>;

/**
 * What each part is sealed for. What is pending becomes what is current, so both are for the holder; what manages the account opens
 * as neither.
 */
const PURPOSES: Readonly<Record<CredentialPart | 'told', string>> = {
  current: 'holder',
  pending: 'holder',
  management: 'management',
  told: 'told',
};

/** Seals and opens the credentials of resources: each opens for its own resource and purpose alone. */
export type CredentialSeal = {
  seal(resource: string, part: CredentialPart, values: OpenCredential): string;
  /** Errors: `SealBroken`, whose message says what is missing and what to do, never what is in it. */
  open(resource: string, part: CredentialPart, sealed: string): OpenCredential;
  /** The same under the current key; undefined where it is sealed with that already, or cannot be opened. */
  sealAnew(resource: string, part: CredentialPart | 'told', sealed: string): string | undefined;
  canOpen(resource: string, part: CredentialPart, sealed: string): boolean;
};

export function createCredentialSeal(
  box: Pick<SecretBox, 'seal' | 'open' | 'canOpen' | 'isCurrent'>,
): CredentialSeal {
  return {
    seal: (resource, part, values) => box.seal(nameOf(resource, part), JSON.stringify(values)),
    open: (resource, part, sealed) => JSON.parse(box.open(nameOf(resource, part), sealed)) as OpenCredential,
    sealAnew: (resource, part, sealed) => {
      const name = nameOf(resource, part);
      if (box.isCurrent(sealed) || !box.canOpen(name, sealed)) return undefined;
      return box.seal(name, box.open(name, sealed));
    },
    canOpen: (resource, part, sealed) => box.canOpen(nameOf(resource, part), sealed),
  };
}

function nameOf(resource: string, part: CredentialPart | 'told'): string {
  return `credential:${resource}:${PURPOSES[part]}`;
}
