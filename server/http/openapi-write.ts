/** Writes the committed OpenAPI document: `npm run openapi`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createOpenApiDocument, OPENAPI_FILE } from './openapi-document.ts';

const root = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
const file = join(root, OPENAPI_FILE);
await mkdir(dirname(file), { recursive: true });
await writeFile(file, `${JSON.stringify(await createOpenApiDocument(version), null, 2)}\n`);
