import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { parse } from 'yaml';

/** Characters of a value, far above what the API takes. */
const TEXT_MAX = 1_024 * 1_024;

export type Members = Readonly<Record<string, unknown>>;

/**
 * Reads an object from the command line: as JSON or YAML, or as `@FILE` that holds it.
 *
 * Errors: `InvalidArgumentError` that says what is wrong, and where.
 */
export function readMembers(text: string): Members {
  const source = text.startsWith('@') ? readText(text.slice(1)) : text;
  if (source.length > TEXT_MAX) throw new InvalidArgumentError('That is too long.');
  let value: unknown;
  try {
    value = parse(source, { maxAliasCount: 100 });
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new InvalidArgumentError(`It is neither JSON nor YAML: ${first.replace(/:$/, '')}.`);
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Members;
  throw new InvalidArgumentError('An object is needed, such as \'{"image": "web:2"}\' or @FILE.');
}

function readText(file: string): string {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}
