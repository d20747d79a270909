import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { startHttp } from '../testing/http-harness.ts';
import { SHARED_SCHEMAS } from './schemas/shared.ts';
import { createSerializerCompiler } from './serializer.ts';
import { createValidatorCompiler } from './validator.ts';

type RouteSchema = { readonly [part: string]: object | undefined };

/** Schemas are compiled with the first request and answer that need them, so one that cannot be has to show itself here. */
test('every schema of every route can be compiled', async () => {
  const schemas: RouteSchema[] = [];
  await using _server = await startHttp({
    onRoute: ({ schema }) => void schemas.push((schema ?? {}) as RouteSchema),
  });
  const validatorOf = createValidatorCompiler(SHARED_SCHEMAS) as (
    input: object,
  ) => (data: unknown) => unknown;
  const serializerOf = createSerializerCompiler(SHARED_SCHEMAS) as (
    input: object,
  ) => (data: unknown) => string;
  // The server takes its schemas as they are.
  const meta = new Ajv();
  for (const shared of SHARED_SCHEMAS) expect(() => void meta.validateSchema(shared, true)).not.toThrow();
  let compiled = 0;
  for (const route of schemas) {
    for (const httpPart of ['body', 'querystring', 'params', 'headers']) {
      const schema = route[httpPart];
      if (schema === undefined) continue;
      expect(() => validatorOf({ schema, httpPart })({})).not.toThrow();
      expect(() => meta.validateSchema(schema, true)).not.toThrow();
      compiled += 1;
    }
    for (const schema of Object.values((route['response'] ?? {}) as Record<string, object>)) {
      expect(() => meta.validateSchema(schema, true)).not.toThrow();
      let fault = '';
      try {
        serializerOf({ schema })({});
      } catch (error) {
        fault = (error as Error).message;
      }
      // An empty answer lacks members; anything else is the schema's own fault.
      expect(fault).toMatch(/^$|is required|does not match schema/);
      compiled += 1;
    }
  }
  expect(compiled).toBeGreaterThan(150);
});
