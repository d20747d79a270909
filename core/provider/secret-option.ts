import type { Json, JsonObject } from '../json.ts';

/**
 * An option of a provider whose value is a secret: all of it, or one member of it. `revision` makes an option that changes with the
 * secret.
 */
export type SecretOption = {
  readonly secret: string;
  readonly member?: string;
  readonly revision?: string | number;
};

const MEMBERS = ['secret', 'member', 'revision'];

/** Is the value of an option a secret, to be opened with the provider? */
export function isSecretOption(value: Json | undefined): value is SecretOption {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { secret, member = '' } = value as JsonObject;
  const isKnown = Object.keys(value).every((name) => MEMBERS.includes(name));
  return isKnown && typeof secret === 'string' && typeof member === 'string';
}

/** The secrets that options name: of the first level alone, as they are opened. */
export function secretsOfOptions(options: JsonObject): ReadonlySet<string> {
  const named = Object.values(options).filter(isSecretOption);
  return new Set(named.map(({ secret }) => secret));
}
