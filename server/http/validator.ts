import { invariant, Refusal } from '@poolkeeper/core';
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import { createAjv } from '../schemas/ajv.ts';
import { faultsOf } from '../schemas/faults.ts';

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
 * Two validators are made of each: one that stops at the first fault, compiled with the first request, and one that names all
 * faults, compiled when the first request fails. A body is taken as it is; numbers in a query may come as text, since all do.
 */
export function createValidatorCompiler(shared: readonly SharedSchema[]): FastifySchemaCompiler<object> {
  const bodies = pairOf(false, shared);
  const texts = pairOf(true, []);
  return ({ schema: given, httpPart = 'body' }) => {
    const schema = resolve(given, shared);
    const { quick, thorough } = httpPart === 'body' ? bodies : texts;
    const root = ROOT[httpPart] ?? '';
    const isOptional = !('required' in schema) && !('minProperties' in schema);
    let check: ValidateFunction | undefined;
    let explain: ValidateFunction | undefined;
    return (data: unknown): Outcome => {
      if ((data === null || data === undefined) && httpPart === 'body') {
        return isOptional
          ? { value: {} }
          : { error: refuse([{ pointer: '', message: 'the request needs a body, a JSON object' }]) };
      }
      check ??= quick().compile(schema);
      if (check(data)) return true;
      let errors: readonly ErrorObject[] = check.errors ?? [];
      if (JSON.stringify(data).length <= THOROUGH_LENGTH_MAX) {
        explain ??= thorough().compile(schema);
        if (!explain(data)) errors = explain.errors ?? errors;
      }
      return { error: refuse(faultsOf(errors, root)) };
    };
  };
}

/** What stops at the first fault, and what names all; each is made when it is first asked for, since a server that starts needs neither. */
function pairOf(texts: boolean, shared: readonly SharedSchema[]): { quick: () => Ajv; thorough: () => Ajv } {
  const lazily = (allErrors: boolean): (() => Ajv) => {
    let ajv: Ajv | undefined;
    // Shared schemas are what a schema of a body refers to within itself.
    return () => (ajv ??= createAjv({ texts, allErrors }).addSchema([...shared]));
  };
  return { quick: lazily(false), thorough: lazily(true) };
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
