import type { InputFault, Json } from '@poolkeeper/core';
import { validatorOf } from '../schemas/ajv.ts';
import { ConfigurationInput } from '../schemas/configuration.ts';
import { faultsOf } from '../schemas/faults.ts';

const validator = validatorOf<ConfigurationInput>(ConfigurationInput);

/** What is wrong with the members of a configuration by itself: names, types, bounds. Nothing wrong is an empty list. */
export function checkShape(value: Json): InputFault[] {
  const validate = validator();
  return validate(value) ? [] : faultsOf(validate.errors ?? [], '', Number.POSITIVE_INFINITY);
}

/** Is the value what `checkShape` finds nothing wrong with? */
export function isConfiguration(value: Json): value is Json & ConfigurationInput {
  return validator()(value);
}
