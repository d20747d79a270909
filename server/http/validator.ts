import { invariant, parseDuration, Refusal } from '@poolkeeper/core';
import type { Json } from '@poolkeeper/core';
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import { faultsOf } from './faults.ts';
import { DURATION_FORMAT } from './schemas/common.ts';

/** Inputs larger than this many characters of JSON are told their first fault only, so that naming all costs little. */
const THOROUGH_LENGTH_MAX = 32 * 1_024;

/** Where the parts of a request are, for the pointers of faults. */
const ROOT: Readonly<Record<string, string>> = {
  body: '',
  querystring: '/query',
  params: '/path',
  headers: '/headers',
};

/** A schema that routes refer to by its id. */
type SharedSchema = object & { readonly $id?: string };

type Outcome = true | { value: unknown } | { error: Error };

/**
 * Compiles the schemas of requests.
 *
 * Two validators are made of each: one that stops at the first fault, for every request, and one that names all faults,
 * compiled when the first request fails. A body is taken as it is; numbers in a query may come as text, since all do.
 */
export function createValidatorCompiler(shared: readonly SharedSchema[]): FastifySchemaCompiler<object> {
  const bodies = { quick: createAjv('body', false), thorough: createAjv('body', true) };
  const texts = { quick: createAjv('text', false), thorough: createAjv('text', true) };
  return ({ schema: given, httpPart = 'body' }) => {
    const schema = resolve(given, shared);
    const { quick, thorough } = httpPart === 'body' ? bodies : texts;
    const isValid = quick.compile(schema);
    const root = ROOT[httpPart] ?? '';
    const isOptional = !('required' in schema) && !('minProperties' in schema);
    let explain: ValidateFunction | undefined;
    return (data: unknown): Outcome => {
      if ((data === null || data === undefined) && httpPart === 'body') {
        return isOptional
          ? { value: {} }
          : { error: refuse([{ pointer: '', message: 'the request needs a body, a JSON object' }]) };
      }
      if (isValid(data)) return true;
      let errors: readonly ErrorObject[] = isValid.errors ?? [];
      if (JSON.stringify(data).length <= THOROUGH_LENGTH_MAX) {
        explain ??= thorough.compile(schema);
        if (!explain(data)) errors = explain.errors ?? errors;
      }
      return { error: refuse(faultsOf(errors, root)) };
    };
  };
}

/** The schema itself, where a route names a shared one. */
function resolve(schema: object, shared: readonly SharedSchema[]): object {
  const { $ref: reference } = schema as { $ref?: string };
  if (reference === undefined) return schema;
  const found = shared.find(({ $id }) => `${$id}#` === reference);
  invariant(found !== undefined, `no shared schema ${reference}`);
  return found;
}

function refuse(faults: readonly { pointer: string; message: string }[]): Refusal {
  const [first] = faults;
  const more = faults.length > 1 ? ` And ${faults.length - 1} more: see "errors".` : '';
  const message = first === undefined ? 'The request is wrong.' : `${first.message}.${more}`;
  return new Refusal('invalid_input', message, { faults });
}

function createAjv(part: 'body' | 'text', allErrors: boolean): Ajv {
  const ajv = new Ajv({
    allErrors,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    coerceTypes: part === 'text' ? 'array' : false,
    // A shared schema is compiled for each route that uses it.
    addUsedSchema: false,
  });
  ajv.addFormat(DURATION_FORMAT, (text: string) => parseDuration(text) !== undefined);
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

function isWithinDepth(data: Json, depth: number): boolean {
  if (data === null || typeof data !== 'object') return true;
  if (depth === 0) return false;
  for (const member of Object.values(data)) if (!isWithinDepth(member as Json, depth - 1)) return false;
  return true;
}
