import { GIVEN_PARTS } from '@poolkeeper/core';
import type { GivenCredentials } from '@poolkeeper/core';
import type { CredentialsSetting } from '../../../schemas/credential.ts';
import type { CredentialsPart } from '../../parts.ts';

/** What a person says about credentials, sealed for its resource: from here on nobody sees it in the clear but who may. */
export function sealGiven(
  { seal }: Pick<CredentialsPart, 'seal'>,
  resource: string,
  given: CredentialsSetting,
): GivenCredentials {
  return Object.fromEntries(
    GIVEN_PARTS.flatMap((part) => {
      const values = given[part];
      if (values === undefined) return [];
      return [[part, values === null ? null : seal(resource, part, values)]];
    }),
  );
}
