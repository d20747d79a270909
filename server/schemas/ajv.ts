import { isWithinDepth } from './depth.ts';
import { parseDuration } from '@poolkeeper/core';
import type { Json } from '@poolkeeper/core';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { DURATION_FORMAT, PAUSE_FORMAT } from './common.ts';
import { isPause } from './provider-limits.ts';

/**
 * A validator that knows the words of our schemas: durations, and bounds of free JSON.
 *
 * `texts`: numbers may come as text, as they do in a query. `allErrors`: name everything that is wrong, not the first alone.
 */
export function createAjv({ texts, allErrors }: { texts: boolean; allErrors: boolean }): Ajv {
  const ajv = new Ajv({
    allErrors,
    verbose: true,
    strict: true,
    // That ours are schemas is proven by tests; to prove it again costs each start more than all else that it does.
    validateSchema: false,
    allowUnionTypes: true,
    // Of alternatives that a member tells apart, what is wrong is said of the one that is meant.
    discriminator: true,
    coerceTypes: texts ? 'array' : false,
    // A shared schema is compiled for each route that uses it.
    addUsedSchema: false,
  });
  ajv.addFormat(DURATION_FORMAT, (text: string) => parseDuration(text) !== undefined);
  ajv.addFormat(PAUSE_FORMAT, isPause);
  ajv.addKeyword({
    keyword: 'x-max-bytes',
    type: 'object',
    schemaType: 'number',
    validate: (bytesMax: number, data: Json) => Buffer.byteLength(JSON.stringify(data)) <= bytesMax,
  });
  ajv.addKeyword({
    keyword: 'x-max-depth',
    type: 'object',
    schemaType: 'number',
    validate: (depthMax: number, data: Json) => isWithinDepth(data, depthMax),
  });
  return ajv;
}

/** Schemas are constants, and compiling one takes longer than all its checks: it is done once in a process. */
const compiled = new WeakMap<object, ValidateFunction>();

/**
 * A validator that names all faults, compiled when it is asked for first: a process that starts need not wait for schemas of what
 * nobody gave it.
 */
export function validatorOf<T = unknown>(schema: object): () => ValidateFunction<T> {
  return () => {
    const known = compiled.get(schema) as ValidateFunction<T> | undefined;
    if (known !== undefined) return known;
    const validate = createAjv({ texts: false, allErrors: true }).compile<T>(schema);
    compiled.set(schema, validate);
    return validate;
  };
}
