import { digestText } from '../digest.ts';

/** What is longer, or begins otherwise, is named by a digest. */
const POOL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** Characters of a digest that tell names apart. */
const DIGEST_LENGTH = 16;

/** What an upkeep may be called: the names of instances that clients know. */
export const UPKEEP_NAME = /^[A-Za-z0-9_.-]{1,255}$/;

/** The pool and the provider of an upkeep: named as it is, where that is a name of a pool. */
export function poolOfUpkeep(name: string): string {
  return POOL_NAME.test(name) ? name : `upkeep-${digestText(name).slice(0, DIGEST_LENGTH)}`;
}

/** The secret that holds the configuration of an upkeep. Names of secrets have no capitals. */
export function secretOfUpkeep(name: string): string {
  return `upkeep-${digestText(name).slice(0, DIGEST_LENGTH)}`;
}
