import { Type } from 'typebox';
import type { TSchema } from 'typebox';

/** A text with a reference in it: what it becomes is known when the run starts. */
const REFERENCE = { type: 'string', pattern: '\\$\\{' } as const;

type Schema = Readonly<Record<string, unknown>>;

/**
 * The schema of a document in which every member may also be a text with references, `${params.count}` in the place of a
 * number too. The object itself is written out.
 */
export function withReferences(schema: TSchema): TSchema {
  return Type.Unsafe(openMembers(schema as Schema) as never);
}

function openMembers(schema: Schema): Schema {
  const { properties, additionalProperties, items, ...rest } = schema;
  return {
    ...rest,
    ...(isSchema(properties)
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, member]) => [name, orReference(member as Schema)]),
          ),
        }
      : {}),
    ...(isSchema(additionalProperties)
      ? { additionalProperties: orReference(additionalProperties) }
      : additionalProperties === undefined
        ? {}
        : { additionalProperties }),
    ...(isSchema(items) ? { items: orReference(items) } : {}),
  };
}

/** Told apart by a condition, so that a fault says what the member has to be and nothing of references. */
function orReference(schema: Schema): Schema {
  if (Object.keys(schema).length === 0) return schema;
  const { description, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    if: REFERENCE,
    // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema
    then: {},
    else: openMembers(rest),
  };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
