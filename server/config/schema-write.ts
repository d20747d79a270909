import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SCHEMA_PATH, schemaDocument } from './schema-document.ts';

/** `npm run schema`: writes the published schema of the configuration file. */
const path = join(import.meta.dirname, '..', '..', SCHEMA_PATH);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, schemaDocument());
