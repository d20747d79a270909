import fastJsonStringify from 'fast-json-stringify';
import type { FastifySerializerCompiler } from 'fastify';

/** A schema that routes refer to by its id. */
type SharedSchema = object & { readonly $id?: string };

/**
 * Compiles the schemas of answers, each with the first answer that it shapes, and only with the shared schemas that it refers to:
 * a server that starts, and a test that asks one route, need not wait for all of them.
 */
export function createSerializerCompiler(shared: readonly SharedSchema[]): FastifySerializerCompiler<object> {
  const texts = new Map(shared.map((schema) => [schema.$id ?? '', JSON.stringify(schema)]));
  const byId = new Map(shared.map((schema) => [schema.$id ?? '', schema]));
  return ({ schema }) => {
    let stringify: ((data: unknown) => string) | undefined;
    return (data) => {
      stringify ??= fastJsonStringify(schema as never, { schema: needed(schema, texts, byId) as never });
      return stringify(data);
    };
  };
}

/** What a schema refers to, and what that refers to. */
function needed(
  schema: object,
  texts: ReadonlyMap<string, string>,
  byId: ReadonlyMap<string, SharedSchema>,
): Record<string, SharedSchema> {
  const found: Record<string, SharedSchema> = {};
  const look = [JSON.stringify(schema)];
  for (const text of look) {
    for (const [, id = ''] of text.matchAll(/"\$ref":"([^"#]+)#/g)) {
      const one = byId.get(id);
      if (one === undefined || id in found) continue;
      found[id] = one;
      look.push(texts.get(id) as string);
    }
  }
  return found;
}
