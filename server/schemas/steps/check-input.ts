import type { JsonObject } from '@poolkeeper/core';
import type { ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { createAjv } from '../ajv.ts';
import { faultsOf } from '../faults.ts';

/** Faults that one sentence names. */
const FAULTS_MAX = 5;

/** Schemas are constants, and compiling one takes longer than all its checks: it is done once, when first something is checked. */
const validators = new WeakMap<TSchema, ValidateFunction>();

function validatorOf(schema: TSchema): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const validate = createAjv({ texts: false, allErrors: true }).compile(schema);
  validators.set(schema, validate);
  return validate;
}

/**
 * Makes the check of a filled-in `with`: what is wrong, each member by its pointer and with what is allowed, or null when
 * it will do.
 */
export function createInputCheck(schema: TSchema): (input: JsonObject) => string | null {
  return (input) => {
    const validate = validatorOf(schema);
    if (validate(input)) return null;
    const faults = faultsOf(validate.errors ?? [], '', FAULTS_MAX);
    return faults.map(({ pointer, message }) => `with${pointer}: ${message}`).join('; ');
  };
}
