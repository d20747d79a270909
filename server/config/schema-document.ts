import { ConfigurationInput } from '../schemas/configuration.ts';

/** Where the published schema lies, from the root of the repository. */
export const SCHEMA_PATH = 'docs/schema/poolkeeper.schema.json';

/** What only our own validator understands. */
const OWN_KEYWORDS = new Set(['x-max-bytes', 'x-max-depth', 'format', '$id']);

/** The JSON Schema of a configuration file, for editors: as text, with its keywords as every validator knows them. */
export function schemaDocument(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...ConfigurationInput,
    title: 'Poolkeeper configuration',
  };
  const text = JSON.stringify(
    schema,
    (key, value: unknown) => (OWN_KEYWORDS.has(key) ? undefined : value),
    2,
  );
  return `${text}\n`;
}
