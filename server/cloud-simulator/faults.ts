import type { FastifySchemaValidationError } from 'fastify/types/schema.js';

/** A fault of the validator, which is told to keep the schema that was broken. */
type Fault = FastifySchemaValidationError & {
  readonly parentSchema?: {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  };
};

/** One line about the first thing that is wrong: which parameter, and what is allowed. */
export function describeFault(faults: readonly FastifySchemaValidationError[]): string {
  const [fault] = faults as readonly Fault[];
  if (fault === undefined) return 'The request is wrong.';
  const { keyword, params, instancePath, parentSchema } = fault;
  const { properties = {}, description = '' } = parentSchema ?? {};
  if (keyword === 'required') {
    const name = String(params['missingProperty']);
    return `${name}: is missing. ${properties[name]?.description ?? ''}`.trim();
  }
  if (keyword === 'additionalProperties') {
    const names = Object.keys(properties);
    const allowed = names.length === 0 ? 'There are no parameters here.' : `Allowed are ${names.join(', ')}.`;
    return `${String(params['additionalProperty'])}: is not known here. ${allowed}`;
  }
  const name = instancePath
    .split('/')
    .filter((part) => part !== '')
    .join('.');
  return `${name === '' ? 'the body' : name}: is not allowed. ${description}`.trim();
}
