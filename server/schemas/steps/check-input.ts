import type { JsonObject } from '@poolkeeper/core';
import type { TSchema } from 'typebox';
import { validatorOf } from '../ajv.ts';
import { faultsOf } from '../faults.ts';

/** Faults that one sentence names. */
const FAULTS_MAX = 5;

/**
 * Makes the check of a filled-in `with`: what is wrong, each member by its pointer and with what is allowed, or null when
 * it will do.
 */
export function createInputCheck(schema: TSchema): (input: JsonObject) => string | null {
  const validator = validatorOf(schema);
  return (input) => {
    const validate = validator();
    if (validate(input)) return null;
    const faults = faultsOf(validate.errors ?? [], '', FAULTS_MAX);
    return faults.map(({ pointer, message }) => `with${pointer}: ${message}`).join('; ');
  };
}
